import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseDockerfile, execForm } from '../support/image/dockerfile.js';
import { problemsOf } from '../support/deployment/known-variables.js';

const UNIT = 'docker/systemd/tidemark-orders.service';

/** Directives of a unit by section; one that is given twice has both values. */
function readUnit(text: string): Map<string, Map<string, readonly string[]>> {
  const unit = new Map<string, Map<string, readonly string[]>>();
  let section = new Map<string, readonly string[]>();
  for (const line of text.split('\n').filter((one) => !/^\s*([#;]|$)/.test(one))) {
    const [, name] = /^\[(\w+)\]$/.exec(line) ?? [];
    const [, key, value = ''] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) unit.set(name, (section = new Map<string, readonly string[]>()));
    else if (key !== undefined) section.set(key, [...(section.get(key) ?? []), value]);
    else throw new Error(`this is no directive: ${line}`);
  }
  return unit;
}

/** What systemd 240 and newer know of what a unit like ours may say (systemd.unit, .service, .exec, .kill, .resource-control). */
const KNOWN: Readonly<Record<string, string>> = {
  Unit: 'Description Documentation Wants After Requires StartLimitIntervalSec StartLimitBurst',
  Service:
    'Type User Group WorkingDirectory Environment EnvironmentFile ExecStartPre ExecStart Restart RestartSec KillSignal KillMode ' +
    'TimeoutStopSec TimeoutStartSec NoNewPrivileges CapabilityBoundingSet AmbientCapabilities PrivateTmp PrivateDevices PrivateUsers ' +
    'ProtectSystem ProtectHome ProtectProc ProcSubset ProtectClock ProtectHostname ProtectKernelLogs ProtectKernelModules ' +
    'ProtectKernelTunables ProtectControlGroups RestrictAddressFamilies RestrictNamespaces RestrictRealtime RestrictSUIDSGID RemoveIPC ' +
    'LockPersonality SystemCallArchitectures SystemCallFilter UMask LimitNOFILE MemoryMax',
  Install: 'WantedBy',
};

describe('docker/systemd', () => {
  const unit = readUnit(readFileSync(UNIT, 'utf8'));
  const service = (key: string): string | undefined => unit.get('Service')?.get(key)?.at(-1);
  const settings = Object.fromEntries(
    readFileSync('docker/systemd/orders.env', 'utf8')
      .split('\n')
      .filter((line) => !/^(#|$)/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  ) as Record<string, string>;

  it('has only directives that systemd knows', () => {
    for (const [section, directives] of unit) {
      const known = KNOWN[section]!.split(' ');
      expect([...directives.keys()].filter((key) => !known.includes(key))).toEqual([]);
    }
    expect([...unit.keys()]).toEqual(['Unit', 'Service', 'Install']);
  });

  it('is what systemd itself takes, where the machine has it', () => {
    const { error, status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', UNIT], { encoding: 'utf8' });
    // Elsewhere the list above has the word. A machine that lacks the user's node has everything else looked at.
    const said = `${stderr}`
      .split('\n')
      .filter((line) => line.includes('tidemark-orders') && !line.includes('is not executable'));
    expect(error === undefined ? said : []).toEqual([]);
    if (error === undefined && !stderr.includes('is not executable')) expect(status).toBe(0);
  });

  it('starts what the image starts, without rights, and gives it time to end', () => {
    const image = parseDockerfile(readFileSync('docker/Dockerfile', 'utf8')).at(-1)!;
    expect(service('ExecStart')).toBe(`/usr/bin/${execForm(image, 'CMD').join(' ')}`);
    expect([service('KillSignal'), service('KillMode')]).toEqual(['SIGTERM', 'mixed']);
    expect(problemsOf(settings, Number(service('TimeoutStopSec')))).toEqual([]);
    expect(service('Environment')).toBe('NODE_ENV=production');
    expect(service('User')).not.toBe('root');
    for (const key of ['NoNewPrivileges', 'PrivateTmp', 'ProtectHome', 'PrivateDevices'])
      expect([key, service(key)]).toEqual([key, 'yes']);
    expect([service('ProtectSystem'), service('CapabilityBoundingSet')]).toEqual(['strict', '']);
    // Node compiles while it runs.
    expect(service('MemoryDenyWriteExecute')).toBeUndefined();
  });
});
