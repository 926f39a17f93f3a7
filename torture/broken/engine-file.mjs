/** A class that the library does not export, from its build; for engines that are broken on purpose. */
export async function engineClass(file, name) {
  const door = import.meta.resolve('@tidemark/event-sourcing');
  const module = await import(new URL(file, door).href);
  if (module[name] === undefined) throw new Error(`${file} has no ${name} any more; the broken engine is out of date`);
  return module[name];
}
