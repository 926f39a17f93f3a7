import { fork } from 'node:child_process';
import { once } from 'node:events';
import { clearTimeout, setTimeout } from 'node:timers';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('projector-process.mjs', import.meta.url));

/** Starts another process that projects the events of the store; resolves when it runs, ends it with the row. */
export async function startProjector(context, url) {
  const child = fork(PROGRAM, [], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [] });
  const ended = once(child, 'exit');
  context.onClose(async () => {
    child.send('end', () => undefined);
    // Where it does not end by itself, it has lost its database.
    const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(timer);
  });
  child.send({ url });
  const [first] = await Promise.race([once(child, 'message'), ended.then(([code]) => [`ended with code ${code}`])]);
  if (first !== 'runs') throw new Error(`the projecting process does not run: ${first}`);
}
