import { readFile } from 'node:fs/promises';
import type pg from 'pg';

/**
 * Runs a script for psql on a connection, as `psql -v name=value -f file` would, without psql: \set, \if :{?name}, \else,
 * \endif and \gexec, and variables as :'literal' and :"identifier". Throws where the script uses anything else of psql.
 */
export async function runPsqlScript(
  client: pg.Client,
  file: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<void> {
  const script = new PsqlScript(client, new Map(Object.entries(variables)));
  for (const line of (await readFile(file, 'utf8')).split('\n'))
    await script.read(line.replace(/(^|\s)--.*$/, '').trim());
  script.end();
}

class PsqlScript {
  private statement = '';
  /** Whether each \if that is open holds, outermost first. */
  private readonly branches: boolean[] = [];

  constructor(
    private readonly client: pg.Client,
    private readonly variables: Map<string, string>,
  ) {}

  async read(line: string): Promise<void> {
    if (line.startsWith('\\')) return this.command(line);
    if (line === '' || this.branches.includes(false)) return;
    this.statement += `${line}\n`;
    if (line.endsWith(';')) await this.run();
  }

  end(): void {
    if (this.statement !== '') throw new Error(`a statement is not ended: ${this.statement}`);
    if (this.branches.length > 0) throw new Error('an \\if is not ended');
  }

  private async command(line: string): Promise<void> {
    const [name = '', argument = '', value = ''] = line.split(/\s+/);
    if (name === '\\if') {
      const defined = /^:\{\?(\w+)\}$/.exec(argument)?.[1];
      if (defined === undefined) throw new Error(`this is not understood: ${line}`);
      this.branches.push(this.variables.has(defined));
    } else if (name === '\\else') this.branches.push(this.branches.pop() === false);
    else if (name === '\\endif') this.branches.pop();
    else if (this.branches.includes(false)) return;
    else if (name === '\\set') this.variables.set(argument, value);
    else if (name === '\\gexec') await this.runResult();
    else throw new Error(`this is not understood: ${line}`);
  }

  private async run(): Promise<Record<string, string>[]> {
    const sql = this.statement.replace(/(?<!:):(["'])(\w+)\1/g, (_, quote: string, name: string) => {
      const value = this.variables.get(name);
      if (value === undefined) throw new Error(`the variable ${name} is not set`);
      return quote + value.replaceAll(quote, quote + quote) + quote;
    });
    this.statement = '';
    return (await this.client.query<Record<string, string>>(sql)).rows;
  }

  private async runResult(): Promise<void> {
    for (const row of await this.run()) for (const sql of Object.values(row)) await this.client.query(sql);
  }
}
