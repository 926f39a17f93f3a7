import { z } from 'zod';

/** How the connection is encrypted and the server known, weakest first. */
export type SslMode = 'disable' | 'require' | 'verify-ca' | 'verify-full';

const MODES: readonly SslMode[] = ['disable', 'require', 'verify-ca', 'verify-full'];

/** What connection strings say besides; `true` checks the server, as the driver has it. */
const OTHER_NAMES: Readonly<Record<string, SslMode>> = {
  'no-verify': 'require',
  true: 'verify-full',
  '1': 'verify-full',
  false: 'disable',
  '0': 'disable',
};

/** What is wrong with a mode that is not offered; goes behind its name. */
export function refusalOf(mode: string): string {
  const choice = `must be one of ${MODES.join(', ')}`;
  if (mode !== 'prefer' && mode !== 'allow') return choice;
  return `${choice}; '${mode}' is not offered, for the driver cannot go on without TLS where the server has none`;
}

/** The mode that a connection string names by `sslmode` or `ssl`; `undefined` where it is not offered. */
export function sslModeOf(name: string): SslMode | undefined {
  return MODES.find((mode) => mode === name) ?? OTHER_NAMES[name];
}

/** One of the modes. */
export const sslMode = z.string().transform((text, context): SslMode => {
  const mode = MODES.find((one) => one === text);
  if (mode === undefined) context.addIssue({ code: 'custom', message: refusalOf(text) });
  return mode ?? 'disable';
});
