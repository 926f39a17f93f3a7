/** One instruction of a Dockerfile, continued lines joined. */
export interface Instruction {
  readonly name: string;
  readonly rest: string;
}

/** One stage, from its FROM on. */
export interface Stage {
  /** What it starts from: an image, or the name of an earlier stage. */
  readonly from: string;
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

/** Reads a Dockerfile as far as ours goes: instructions, continued lines, comments, ARG before the first stage. */
export function parseDockerfile(text: string): readonly Stage[] {
  const args = new Map<string, string>();
  const stages: { from: string; name: string; instructions: Instruction[] }[] = [];
  for (const { name, rest } of instructionsOf(text)) {
    if (name === 'FROM') {
      const [from = '', , as = `stage-${stages.length}`] = rest.split(/\s+/);
      stages.push({
        from: from.replace(/\$\{(\w+)\}/g, (_, arg: string) => args.get(arg) ?? ''),
        name: as,
        instructions: [],
      });
    } else if (stages.length > 0) stages.at(-1)!.instructions.push({ name, rest });
    else if (name === 'ARG') {
      const [key = '', value = ''] = rest.split('=');
      args.set(key, value);
    } else throw new Error(`${name} before the first FROM`);
  }
  return stages;
}

/** The arguments of the last such instruction in exec form. Throws where it is absent or goes through a shell. */
export function execForm(stage: Stage, name: string): readonly string[] {
  const rest = stage.instructions.findLast((one) => one.name === name)?.rest;
  const list = /\[.*\]$/.exec(rest ?? '')?.[0];
  if (list === undefined) throw new Error(`${name} is not in exec form: ${rest}`);
  return JSON.parse(list) as string[];
}

/** What ENV sets. */
export function environmentOf(stage: Stage): Record<string, string> {
  const pairs = stage.instructions.filter(({ name }) => name === 'ENV').flatMap(({ rest }) => rest.split(/\s+/));
  return Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]));
}

function instructionsOf(text: string): Instruction[] {
  const lines = text.split('\n').filter((line) => !/^\s*(#|$)/.test(line));
  const joined = lines.join('\n').replace(/\\\n\s*/g, '');
  return joined.split('\n').map((line) => {
    const [, name = '', rest = ''] = /^\s*([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (name === '') throw new Error(`this is no instruction: ${line}`);
    return { name, rest: rest.trim() };
  });
}
