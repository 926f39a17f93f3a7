import type { Command } from 'commander';
import type { CommandHost, CommandRun } from '../command-run.js';
import { checkFeed } from '../doctor/feed-checks.js';
import type { Finding, Severity } from '../doctor/finding.js';
import { checkMigrations, checkSchema } from '../doctor/schema-checks.js';
import { checkServer } from '../doctor/server-checks.js';
import { checkSubscriptions } from '../doctor/subscription-checks.js';
import { EXIT } from '../exit-code.js';
import type { Look, Terminal } from '../terminal/terminal.js';
import { counted, plain, wrapped } from '../terminal/text.js';
import { wholeNumber } from './argument-values.js';

interface DoctorOptions {
  readonly horizonSeconds: number;
  readonly transactionSeconds: number;
}

const LOOKS: Readonly<Record<Severity, Look>> = { problem: 'red', warning: 'yellow', advice: 'cyan' };
const SEVERITIES = Object.keys(LOOKS) as Severity[];
const INDENT = 10;

/** `tidemark doctor` */
export function addDoctorCommand(program: Command, host: CommandHost): void {
  program
    .command('doctor')
    .description('tell what is wrong and what to do; ends with 4 for a problem or a warning, advice alone with 0')
    .option('--horizon-seconds <n>', 'from when on a held horizon is a problem', wholeNumber(0), 10)
    .option('--transaction-seconds <n>', 'from when on a transaction is long', wholeNumber(0), 300)
    .action(host.action(examine));
}

async function examine({ terminal, json, open }: CommandRun, patience: DoctorOptions) {
  const session = await open('as-it-is');
  const findings = await checkServer(session, patience);
  const schema = await checkSchema(session);
  findings.push(...schema.findings);
  if (schema.isReadable) {
    findings.push(...(await checkMigrations(session)));
    findings.push(...(await checkFeed(session, patience)), ...(await checkSubscriptions(session)));
  }
  const sorted = SEVERITIES.flatMap((severity) => findings.filter((one) => one.severity === severity));
  const isComplete = schema.isReadable;
  const ok = !sorted.some(({ severity }) => severity !== 'advice');
  if (json) terminal.json({ ok, isComplete, findings: sorted });
  else report(terminal, sorted, isComplete);
  return ok ? EXIT.done : EXIT.findings;
}

function report(terminal: Terminal, findings: readonly Finding[], isComplete: boolean): void {
  const room = terminal.width - INDENT;
  for (const { severity, code, message, advice } of findings) {
    terminal.line(`${terminal.look(LOOKS[severity], severity.padEnd(INDENT))}${terminal.look('bold', code)}`);
    for (const line of [...wrapped(plain(message), room), ...wrapped(`→ ${plain(advice)}`, room)]) {
      terminal.line(`${' '.repeat(INDENT)}${line}`);
    }
    terminal.line();
  }
  const numbers = SEVERITIES.map((severity) => {
    const count = findings.filter((one) => one.severity === severity).length;
    return severity === 'advice' ? counted(count, 'piece of advice', 'pieces of advice') : counted(count, severity);
  });
  terminal.line(findings.length === 0 ? terminal.look('green', 'Nothing is wrong.') : `${numbers.join(', ')}.`);
  if (!isComplete) terminal.line('The store itself could not be looked at.');
}
