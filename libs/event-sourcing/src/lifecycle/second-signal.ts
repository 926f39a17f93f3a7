/** Signals by which a process is told to end. */
const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** What comes within this time after the first is the first once more, in milliseconds: npm hands on what the terminal sent already. */
const SAME_SIGNAL_MS = 500;

/** Calls back at the next signal to end that this process gets, until the returned function is called. */
export function onSecondSignal(callback: () => void): () => void {
  const since = performance.now();
  const listener = (): void => {
    if (performance.now() - since >= SAME_SIGNAL_MS) callback();
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}
