/** What the process ends with; told in docs/operations/command-line.md. */
export const EXIT = Object.freeze({
  done: 0,
  failed: 1,
  wrongUse: 2,
  notFound: 3,
  findings: 4,
  unreachable: 5,
  refused: 6,
  schema: 7,
  interrupted: 130,
} as const);

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
