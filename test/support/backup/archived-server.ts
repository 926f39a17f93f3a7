import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@tidemark/embedded-postgres';
import type pg from 'pg';
import { eventually } from '../eventually.js';

/** A server that archives its WAL, and what is restored from its base back-up and that archive to a named moment. */
export class ArchivedServer {
  private readonly home = mkdtempSync(join(tmpdir(), 'tidemark-backup-'));
  private readonly archive = join(this.home, 'archive');
  private readonly restored = join(this.home, 'restored');
  private readonly servers: EmbeddedPostgres[] = [];

  constructor() {
    // For the server's own user, where the tests run as root.
    chmodSync(this.home, 0o711);
    mkdirSync(this.archive);
    chmodSync(this.archive, 0o777);
  }

  /** Starts the server; gives its connection string. */
  async up(): Promise<string> {
    return this.start('data', { archive_mode: 'on', archive_command: `cp %p ${this.archive}/%f` });
  }

  /** Takes a base back-up as pg_basebackup does, while the server works. */
  async backUp(client: pg.Client): Promise<void> {
    await client.query("select pg_backup_start('base', true)");
    mkdirSync(this.restored);
    // Files may come and go meanwhile: the WAL since the start of the back-up tells all of it again.
    spawnSync('cp', ['-a', join(this.home, 'data', 'cluster'), join(this.home, 'data', 'password'), this.restored]);
    const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop()');
    rmSync(join(this.restored, 'cluster', 'postmaster.pid'), { force: true });
    this.write('backup_label', rows[0]!.labelfile);
    this.write('recovery.signal', '');
  }

  /** Resolves when everything up to now has been archived. */
  async archived(client: pg.Client): Promise<void> {
    const { rows } = await client.query<{ file: string }>('select pg_walfile_name(pg_switch_wal()) as file');
    await eventually(
      async () => {
        const last = await client.query<{ name: string }>('select last_archived_wal as name from pg_stat_archiver');
        return (last.rows[0]?.name ?? '') >= rows[0]!.file;
      },
      Boolean,
      60_000,
    );
  }

  /** The server is lost. */
  async lose(): Promise<void> {
    await Promise.all(this.servers.splice(0).map((server) => server.stop()));
    rmSync(join(this.home, 'data'), { recursive: true, force: true, maxRetries: 10 });
  }

  /** Starts a server on the base back-up, which reads the archive up to a restore point; gives its connection string. */
  async restore(point: string): Promise<string> {
    return this.start('restored', {
      restore_command: `cp ${this.archive}/%f %p`,
      recovery_target_name: point,
      recovery_target_action: 'promote',
    });
  }

  async remove(): Promise<void> {
    await this.lose();
    rmSync(this.home, { recursive: true, force: true, maxRetries: 10 });
  }

  private async start(folder: string, settings: Record<string, string>): Promise<string> {
    const server = await startEmbeddedPostgres({ dataDir: join(this.home, folder), durable: false, settings });
    this.servers.push(server);
    return server.url;
  }

  private write(name: string, text: string): void {
    const cluster = join(this.restored, 'cluster');
    const { uid, gid } = statSync(cluster);
    writeFileSync(join(cluster, name), text);
    chownSync(join(cluster, name), uid, gid);
  }
}
