import {
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
  startEmbeddedPostgres,
} from '@tidemark/embedded-postgres';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** How a server goes down: `fast` breaks off what is under way and says so, `immediate` is a crash. */
export type Shutdown = 'fast' | 'immediate';

/** A PostgreSQL server of a test's own, which comes back where it was. */
export class RestartableServer {
  private readonly parent = mkdtempSync(join(tmpdir(), 'tidemark-server-'));
  private server: EmbeddedPostgres | undefined;
  private port = 0;

  /** @param options beside room for connections, and no waiting for the disk. */
  constructor(private readonly options: Pick<EmbeddedPostgresOptions, 'settings' | 'durable'> = {}) {
    // For the server's own user, where the tests run as root.
    chmodSync(this.parent, 0o711);
  }

  /** Starts it, at the same address each time; gives its connection string. */
  async up(): Promise<string> {
    const settings = { max_connections: 100, ...this.options.settings };
    const dataDir = join(this.parent, 'data');
    // Safe against the end of any process, which is all that happens here.
    const { durable = false } = this.options;
    this.server = await startEmbeddedPostgres({ dataDir, port: this.port, durable, settings });
    this.port = this.server.port;
    return this.server.url;
  }

  /** Takes it down. */
  async down(how: Shutdown): Promise<void> {
    if (how === 'immediate' && this.server !== undefined) process.kill(this.server.pid, 'SIGQUIT');
    await this.server?.stop();
  }

  /** Takes it down, and up again after so long. */
  async outage(how: Shutdown, forMs: number): Promise<void> {
    await this.down(how);
    await delay(forMs);
    await this.up();
  }

  async remove(): Promise<void> {
    await this.server?.stop();
    rmSync(this.parent, { recursive: true, force: true, maxRetries: 10 });
  }
}
