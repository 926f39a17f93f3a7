import { describe, expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type Manifest, readManifests, validateManifest } from '../support/deployment/kubernetes-manifests.js';
import { problemsOf } from '../support/deployment/known-variables.js';

const ROOT = 'docker/kubernetes';
const FOLDERS = ['base', 'split', 'static-partitions'];
const PATCHES = ['web-only.yaml', 'instances.yaml'];

const all = FOLDERS.flatMap((folder) => readManifests(`${ROOT}/${folder}`));
const isPatch = ({ file }: Manifest): boolean => PATCHES.some((name) => file.endsWith(name));
const whole = all.filter((one) => one.kind !== 'Kustomization' && !isPatch(one));
const pods = whole.filter(({ spec }) => (spec as Manifest['spec'] | undefined)?.template !== undefined);
const servers = pods.filter(({ kind }) => kind !== 'Job');
const config = whole.find(({ kind }) => kind === 'ConfigMap')!.data!;
const found = (kind: string, name = 'orders'): Manifest =>
  whole.find((one) => one.kind === kind && one.metadata.name === name)!;

describe('docker/kubernetes', () => {
  it.each(whole.map((one) => [`${one.kind} ${one.metadata.name} of ${one.file}`, one] as const))(
    '%s is what its schema asks for',
    (_, manifest) => {
      expect(() => validateManifest(manifest)).not.toThrow();
      const broken = { ...manifest, metadata: { name: 7 } } as unknown as Manifest;
      expect(() => validateManifest(broken)).toThrow();
    },
  );

  it('has every file in a kustomization, and every patch changes something that is there', () => {
    for (const folder of FOLDERS) {
      const { resources, patches = [] } = parse(readFileSync(`${ROOT}/${folder}/kustomization.yaml`, 'utf8')) as {
        resources: string[];
        patches?: { path: string }[];
      };
      const files = globSync('*.yaml', { cwd: `${ROOT}/${folder}` });
      const named = ['kustomization.yaml', ...resources, ...patches.map(({ path }) => path)];
      expect(named.filter((name) => name !== '../base').sort()).toEqual(files.sort());
    }
    for (const { kind, metadata } of all.filter(isPatch)) expect(found(kind, metadata.name)).toBeDefined();
  });

  it.each(servers.map((one) => [`${one.kind} ${one.metadata.name}`, one.spec.template!.spec] as const))(
    '%s has probes that the app answers, and time to end',
    (_, pod) => {
      const [container] = pod.containers;
      expect(container!.ports).toEqual([{ name: 'http', containerPort: Number(config['PORT']) }]);
      for (const [probe, path] of [
        ['startup', 'live'],
        ['liveness', 'live'],
        ['readiness', 'ready'],
      ] as const) {
        expect([probe, container![`${probe}Probe`]?.httpGet]).toEqual([
          probe,
          { path: `/health/${path}`, port: 'http' },
        ]);
      }
      const wait = Number(container!.lifecycle?.preStop.exec.command[1] ?? 0);
      const set = Object.fromEntries((container!.env ?? []).map(({ name, value }) => [name, value ?? '']));
      expect(problemsOf({ ...config, ...set }, pod.terminationGracePeriodSeconds! - wait)).toEqual([]);
    },
  );

  it.each(pods.map((one) => [`${one.kind} ${one.metadata.name}`, one.spec.template!] as const))(
    '%s runs without rights',
    (_, { spec }) => {
      expect(spec.automountServiceAccountToken).toBe(false);
      expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      for (const { securityContext, image } of spec.containers) {
        expect(image).toBe('tidemark-orders');
        expect(securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
    },
  );

  it('selects the pods that it means', () => {
    for (const { spec } of servers) expect(spec.template!.metadata.labels).toEqual(spec.selector!.matchLabels);
    const web = found('Deployment').spec.selector!.matchLabels;
    expect(found('Service').spec.selector).toEqual(web);
    expect(found('PodDisruptionBudget').spec.selector).toEqual({ matchLabels: web });
    for (const { metadata, spec } of servers) {
      expect(found('PodDisruptionBudget', metadata.name).spec.selector).toEqual(spec.selector);
    }
    // What serves requests is of one kind only.
    expect(servers.filter(({ spec }) => spec.selector!.matchLabels === web)).toHaveLength(1);
  });

  it('counts as many instances as there can be', () => {
    const most = ({ spec }: Manifest): number => spec.maxReplicas ?? spec.replicas!;
    const surge = found('Deployment').spec.strategy!.rollingUpdate.maxSurge;
    const web = most(found('HorizontalPodAutoscaler')) + surge;
    expect(found('Deployment').spec.replicas).toBeUndefined();
    expect(Number(config['INSTANCE_COUNT'])).toBe(web);
    const counted = (folder: string): number =>
      Number(all.find(({ file }) => file === `${ROOT}/${folder}/instances.yaml`)!.data!['INSTANCE_COUNT']);
    const workers = found('Deployment', 'orders-worker');
    expect(counted('split')).toBe(web + most(workers) + workers.spec.strategy!.rollingUpdate.maxSurge);
    const partitions = found('StatefulSet', 'orders-partition');
    expect(counted('static-partitions')).toBe(web + most(partitions));
    const total = partitions.spec.template!.spec.containers[0]!.env!.find(({ name }) => name === 'TOTAL_PARTITIONS');
    expect(Number(total!.value)).toBe(most(partitions));
    // A pool of two, and the connection beside it.
    expect((Number(config['MAX_DB_CONNECTIONS']) * 0.9) / counted('static-partitions')).toBeGreaterThan(3);
  });

  it('keeps the right to migrate to the migration', () => {
    const job = found('Job', 'orders-migration').spec.template!.spec.containers[0]!;
    expect(job.command).toEqual(['node', 'apps/orders/dist/migrate.js']);
    const text = (one: unknown): string => JSON.stringify(one);
    expect(text(job)).toContain('orders-migration');
    for (const one of servers) expect(text(one)).not.toContain('orders-migration');
    for (const { stringData } of whole.filter(({ kind }) => kind === 'Secret')) {
      expect(Object.keys(problemsOf({ ...config, DATABASE_URL: stringData!['DATABASE_URL'] }))).toEqual([]);
    }
  });
});
