import { adopt } from './adoption.js';
import type { NativePackage } from './binaries/binaries-package.js';
import { prepareBinaries } from './binaries/binaries.js';
import { ensureCluster } from './cluster.js';
import { openDataFolder } from './data-folder.js';
import { resolveOptions, type EmbeddedPostgresOptions } from './embedded-postgres.options.js';
import { launch } from './launch.js';
import { OwnedServer } from './owned-server.js';
import { claimDataFolder } from './owner-file.js';
import { connectionString, ensureDatabase } from './server-connection.js';

/** A running server that belongs to this process. */
export interface EmbeddedPostgres {
  /** Connection string of the wished database, password included. */
  url: string;
  /** TCP port on 127.0.0.1. */
  port: number;
  /** Where the data really is; differs from the wish only for root, in a place that the server's user cannot enter. */
  dataDir: string;
  /** Process id of the server. */
  pid: number;
  /** Whether the server was already running, left behind by a process that was killed. */
  adopted: boolean;
  /** Shuts the server down and gives the data folder up; idempotent. */
  stop(): Promise<void>;
}

/** Starts PostgreSQL on the data folder and resolves when it answers; every refusal is an `EmbeddedPostgresError`. */
export function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  return startWithPrograms(options);
}

/** The same with programs from elsewhere than the installed platform package. */
export async function startWithPrograms(
  options: EmbeddedPostgresOptions,
  programs?: NativePackage,
): Promise<EmbeddedPostgres> {
  const wanted = resolveOptions(options);
  const folder = openDataFolder(wanted.dataDir, wanted.log);
  const owned = new OwnedServer(claimDataFolder(folder.dataDir), wanted.log);
  try {
    const binaries = prepareBinaries(folder.user, programs, wanted.log);
    const password = await ensureCluster(folder, binaries, wanted.durable);
    const found = await adopt(folder, binaries, wanted, password);
    if (found) owned.hold(found, binaries);
    const launching = found ?? launch(folder, binaries, wanted, password, (spawned) => owned.hold(spawned, binaries));
    const postmaster = await launching;
    const address = { port: postmaster.port, password, cluster: folder.cluster };
    await ensureDatabase(address, wanted.database);
    owned.releaseOnUnexpectedExit();
    return {
      url: connectionString(address, wanted.database),
      port: postmaster.port,
      dataDir: folder.dataDir,
      pid: postmaster.pid,
      adopted: found !== null,
      stop: () => owned.stop(),
    };
  } catch (error) {
    await owned.stop();
    throw error;
  }
}
