import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate with its key, both as PEM. */
export interface Certificate {
  readonly pem: string;
  readonly key: string;
}

// X.509 as DER, in the few forms that an authority and a server need: https://www.rfc-editor.org/rfc/rfc5280#section-4.1
const SEQUENCE = 0x30;
const SET = 0x31;
const [BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, UTF8, UTC_TIME] = [0x01, 0x02, 0x03, 0x04, 0x0c, 0x17];
const [VERSION, EXTENSIONS, DNS_NAME] = [0xa0, 0xa3, 0x82];
const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex');
const ALTERNATIVE_NAME = Buffer.from('0603551d11', 'hex');
const DAY_MS = 86_400_000;

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

function nameOf(commonName: string): Buffer {
  return der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8, Buffer.from(commonName)))));
}

function timeOf(ms: number): Buffer {
  return der(UTC_TIME, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replace(/[-T:]/g, '')}Z`));
}

interface Signed {
  readonly subject: string;
  readonly issuer: string;
  readonly issuerKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly extension: Buffer;
}

function certificateOf({ subject, issuer, issuerKey, publicKey, extension }: Signed): string {
  const algorithm = der(SEQUENCE, ECDSA_WITH_SHA256);
  const serial = Buffer.concat([Buffer.from([0x01]), randomBytes(8)]);
  const signed = der(
    SEQUENCE,
    der(VERSION, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, serial),
    algorithm,
    nameOf(issuer),
    der(SEQUENCE, timeOf(Date.now() - DAY_MS), timeOf(Date.now() + DAY_MS)),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(EXTENSIONS, der(SEQUENCE, extension)),
  );
  const signature = der(BIT_STRING, Buffer.from([0]), sign('sha256', signed, issuerKey));
  const base64 = der(SEQUENCE, signed, algorithm, signature).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.match(/.{1,64}/g)?.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** An authority for a day. */
export function createAuthority(name: string): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const isAuthority = der(OCTET_STRING, der(SEQUENCE, der(BOOLEAN, Buffer.from([0xff]))));
  const extension = der(SEQUENCE, BASIC_CONSTRAINTS, der(BOOLEAN, Buffer.from([0xff])), isAuthority);
  const pem = certificateOf({ subject: name, issuer: name, issuerKey: privateKey, publicKey, extension });
  return { pem, key: pemOf(privateKey) };
}

/** A server's certificate for a host name, from an authority made by {@link createAuthority} under the name `issuer`. */
export function createServerCertificate(host: string, issuer: string, authority: Certificate): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const names = der(OCTET_STRING, der(SEQUENCE, der(DNS_NAME, Buffer.from(host))));
  const extension = der(SEQUENCE, ALTERNATIVE_NAME, names);
  const issuerKey = createPrivateKey(authority.key);
  return { pem: certificateOf({ subject: host, issuer, issuerKey, publicKey, extension }), key: pemOf(privateKey) };
}
