/** A line of the log as pino writes it. */
export type LogLine = Readonly<Record<string, unknown>>;

/** Takes what pino writes, in place of standard output. */
export class LogLines {
  private readonly written: string[] = [];

  write(line: string): void {
    this.written.push(line);
  }

  /** Everything, as it was written. */
  text(): string {
    return this.written.join('');
  }

  /** All lines so far. */
  all(): LogLine[] {
    return logLinesOf(this.text());
  }
}

/** The lines of a log among whatever else a process has printed. */
export function logLinesOf(output: string): LogLine[] {
  return output.split('\n').flatMap((line) => {
    try {
      return line.startsWith('{') ? [JSON.parse(line) as LogLine] : [];
    } catch {
      // Not everything is of the log; a last line may be under way.
      return [];
    }
  });
}
