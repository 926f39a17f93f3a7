/** `problem`: events can be lost or stand still. `warning`: something is not as it should be. `advice`: it could be better. */
export type Severity = 'problem' | 'warning' | 'advice';

/** One thing that the doctor found. */
export interface Finding {
  /** Stable name, for programs. */
  readonly code: string;
  readonly severity: Severity;
  /** What is wrong, in one sentence. */
  readonly message: string;
  /** What to do about it, in one or two sentences. */
  readonly advice: string;
}

/** From when on something counts as lasting too long, in seconds. */
export interface Patience {
  /** For what holds the horizon of the feed. */
  readonly horizonSeconds: number;
  /** For open transactions. */
  readonly transactionSeconds: number;
}

export function problem(code: string, message: string, advice: string): Finding {
  return { code, severity: 'problem', message, advice };
}

export function warning(code: string, message: string, advice: string): Finding {
  return { code, severity: 'warning', message, advice };
}

export function advice(code: string, message: string, what: string): Finding {
  return { code, severity: 'advice', message, advice: what };
}
