import { describe, expect, it } from '@jest/globals';
import { globSync, readFileSync } from 'node:fs';
import { readAlertRules } from '../support/promql/alert-rules.js';
import { createTestDatabase } from '../support/test-database.js';

const PAGES = 'docs/operations';
const rules = readAlertRules('docker/prometheus/alerts.yml');
const monitoring = readFileSync(`${PAGES}/monitoring.md`, 'utf8');

const anchorsOf = (page: string): readonly string[] =>
  [...readFileSync(page, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replace(/\s/g, '-'),
  );

describe('alerts and run books', () => {
  it.each(rules.map((rule) => [rule.alert, rule] as const))('%s says all that an operator needs', (_, rule) => {
    expect(rule.for).toMatch(/^\d+(s|m|h)$/);
    expect(['warning', 'critical']).toContain(rule.labels.severity);
    expect(rule.annotations.summary.length).toBeGreaterThan(15);
    const [page = '', anchor] = rule.annotations.runbook_url.split('#');
    expect(anchorsOf(page)).toContain(anchor);
  });

  it('stand in the table of the page about monitoring, and no others', () => {
    const rows = [...monitoring.matchAll(/^\| `(Tidemark\w+)` +\| (\w+) +\| (\w+) +\| .* \| \[.*\]\((\S+)\) +\|$/gm)];
    expect(rows.map(([, alert, severity, after, link]) => [alert, severity, after, `${PAGES}/${link}`])).toEqual(
      rules.map(({ alert, labels, for: after, annotations }) => [
        alert,
        labels.severity,
        after,
        annotations.runbook_url,
      ]),
    );
  });

  it('leads to every run book from the index', () => {
    const index = readFileSync(`${PAGES}/README.md`, 'utf8');
    for (const page of globSync(`${PAGES}/run-books/*.md`)) {
      const link = page.replaceAll('\\', '/').slice(PAGES.length + 1);
      expect([link, index.includes(`](${link})`)]).toEqual([link, true]);
    }
  });

  it('has SQL that the server understands', async () => {
    const database = await createTestDatabase();
    const client = await database.client();
    try {
      const blocks = globSync(`${PAGES}/run-books/*.md`).flatMap((page) => [
        ...readFileSync(page, 'utf8').matchAll(/^```sql\n(select[\s\S]*?)^```/gm),
      ]);
      expect(blocks.length).toBeGreaterThanOrEqual(4);
      for (const [, sql = ''] of blocks) await client.query(sql.replace('4711', '0'));
      // What stands in the running text.
      await client.query(
        'select pg_blocking_pids(0); select gid, prepared from pg_prepared_xacts; select pg_is_in_recovery()',
      );
      await client.query('select failed_count from pg_stat_archiver; select max(position) from tidemark.events');
    } finally {
      await client.end();
      await database.drop();
    }
  });
});
