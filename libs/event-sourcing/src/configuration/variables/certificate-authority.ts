import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * The certificates of a file, or of a text in the form PEM, whose line ends may be written as `\n`. Gives them as PEM, or what is
 * wrong; the text is never repeated, for it may be a key that got into the wrong place.
 */
export function readAuthority(given: string): { readonly pem: string } | { readonly problem: string } {
  const isText = given.includes('-----BEGIN');
  let text: string;
  try {
    text = isText ? given.replaceAll('\\n', '\n') : readFileSync(given, 'utf8');
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    return { problem: `is neither a certificate in the form PEM nor a file that can be read (${code})` };
  }
  const certificates = text.match(CERTIFICATE) ?? [];
  if (certificates.length === 0) return { problem: 'holds no certificate in the form PEM' };
  try {
    for (const certificate of certificates) void new X509Certificate(certificate);
  } catch {
    return { problem: 'holds a certificate that cannot be decoded' };
  }
  return { pem: `${certificates.join('\n')}\n` };
}

/** Certificates of authorities, as a file or as text. */
export const certificateAuthority = z.string().transform((given, context): string => {
  const read = readAuthority(given);
  if ('pem' in read) return read.pem;
  context.addIssue({ code: 'custom', message: read.problem });
  return '';
});
