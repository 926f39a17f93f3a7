import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { dockerIgnore } from './docker-ignore.js';
import { type Instruction, parseDockerfile, type Stage } from './dockerfile.js';

/** Does a step of RUN in another way, in the folder given; `false` where it leaves it to the shell. */
export type StandIn = (command: string, folder: string) => boolean;

/** The stages of an image, built as folders. */
export interface BuiltImage {
  /** The last stage, which is the image. */
  readonly stage: Stage;
  readonly stages: readonly Stage[];
  /** The root of the image's file system, as a folder of this machine. */
  readonly root: string;
  /** Its working folder, as a folder of this machine. */
  readonly workdir: string;
  /** Commands of RUN that the shell ran. */
  readonly ran: readonly string[];
  /** Root of another stage. */
  rootOf(stage: string): string;
  remove(): void;
}

/** Walks through a Dockerfile without a container engine: every stage is a folder, COPY copies, RUN runs in it. */
export function buildImage(dockerfile: string, context: string, standIn: StandIn = () => false): BuiltImage {
  const stages = parseDockerfile(readFileSync(dockerfile, 'utf8'));
  const home = mkdtempSync(join(tmpdir(), 'tidemark-image-'));
  const build = new ImageBuild(home, resolve(context), standIn);
  const remove = (): void => rmSync(home, { recursive: true, force: true, maxRetries: 10 });
  try {
    for (const stage of stages) build.stage(stage);
  } catch (error) {
    remove();
    throw error;
  }
  const stage = stages.at(-1)!;
  const rootOf = (name: string): string => join(home, name);
  return { stage, stages, root: rootOf(stage.name), workdir: build.workdir, ran: build.ran, rootOf, remove };
}

class ImageBuild {
  workdir = '';
  readonly ran: string[] = [];
  private root = '';

  constructor(
    private readonly home: string,
    private readonly context: string,
    private readonly standIn: StandIn,
  ) {}

  stage(stage: Stage): void {
    const before = join(this.home, stage.from);
    this.root = join(this.home, stage.name);
    this.workdir = this.root;
    mkdirSync(this.root);
    // An image from elsewhere is the machine that this runs on.
    if (!stage.from.includes(':')) {
      cpSync(before, this.root, { recursive: true, verbatimSymlinks: true });
      this.workdir = join(this.root, 'app');
    }
    for (const instruction of stage.instructions) this.take(instruction);
  }

  private take({ name, rest }: Instruction): void {
    if (name === 'WORKDIR') {
      this.workdir = join(this.root, rest);
      mkdirSync(this.workdir, { recursive: true });
    } else if (name === 'COPY') this.copy(rest);
    else if (name === 'RUN') this.run(rest);
    else if (!['ENV', 'USER', 'EXPOSE', 'STOPSIGNAL', 'HEALTHCHECK', 'CMD'].includes(name)) {
      throw new Error(`${name} is not understood`);
    }
  }

  private copy(rest: string): void {
    const words = rest.split(/\s+/);
    const [, from] = /^--from=(\w+)$/.exec(words[0] ?? '') ?? [];
    const [source = '', target = '', ...more] = from === undefined ? words : words.slice(1);
    if (more.length > 0) throw new Error(`COPY with several sources is not understood: ${rest}`);
    const to = resolve(this.workdir, target);
    if (from !== undefined) cpSync(join(this.home, from, source), to, { recursive: true, verbatimSymlinks: true });
    else this.copyContext(to);
  }

  private copyContext(to: string): void {
    const letsThrough = dockerIgnore(readFileSync(join(this.context, '.dockerignore'), 'utf8'));
    const exclude = (path: string): boolean => /(^|\/)(node_modules|\.git|\.data)$/.test(path);
    for (const path of globSync(['**', '.*'], { cwd: this.context, exclude })) {
      const source = join(this.context, path);
      if (!letsThrough(path.replaceAll('\\', '/')) || !statSync(source).isFile()) continue;
      mkdirSync(dirname(join(to, path)), { recursive: true });
      cpSync(source, join(to, path));
    }
  }

  private run(command: string): void {
    if (this.standIn(command, this.workdir)) return;
    this.ran.push(command);
    execFileSync('sh', ['-ec', command], { cwd: this.workdir, stdio: ['ignore', 'ignore', 'pipe'] });
  }
}
