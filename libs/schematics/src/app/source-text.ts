import ts from 'typescript';

/** Puts a text into another one. */
export function insertAt(text: string, position: number, inserted: string): string {
  return text.slice(0, position) + inserted + text.slice(position);
}

/** The text as the compiler sees it. */
export function parse(text: string): ts.SourceFile {
  return ts.createSourceFile('source.ts', text, ts.ScriptTarget.Latest, true);
}

/** The first node, from the top, that is one of those that are looked for. */
export function findNode<T extends ts.Node>(root: ts.Node, isOne: (node: ts.Node) => node is T): T | undefined {
  return isOne(root) ? root : ts.forEachChild(root, (child) => findNode(child, isOne));
}

/** Adds an import of a name, unless the file has it. */
export function withImport(text: string, name: string, from: string): string {
  const imports = parse(text).statements.filter(ts.isImportDeclaration);
  const same = imports.find(({ moduleSpecifier, importClause }) => {
    const isNamed = importClause?.namedBindings !== undefined && ts.isNamedImports(importClause.namedBindings);
    return (moduleSpecifier as ts.StringLiteral).text === from && isNamed && importClause.phaseModifier === undefined;
  });
  if (same?.importClause?.namedBindings !== undefined && ts.isNamedImports(same.importClause.namedBindings)) {
    const { elements } = same.importClause.namedBindings;
    if (elements.some((element) => element.name.text === name)) return text;
    const last = elements.at(-1);
    if (last !== undefined) return insertAt(text, last.getEnd(), `, ${name}`);
  }
  const line = `import { ${name} } from '${from}';`;
  const last = imports.at(-1);
  return last === undefined ? `${line}\n${text}` : insertAt(text, last.getEnd(), `\n${line}`);
}

/** Adds an element at the end of an array, with a comma where one is needed. */
export function withElement(text: string, array: ts.ArrayLiteralExpression, element: string): string {
  const last = array.elements.at(-1);
  return last === undefined
    ? insertAt(text, array.getEnd() - 1, element)
    : insertAt(text, last.getEnd(), `, ${element}`);
}

/** Adds a property at the end of an object. */
export function withProperty(text: string, object: ts.ObjectLiteralExpression, property: string): string {
  const last = object.properties.at(-1);
  return last === undefined
    ? insertAt(text, object.getEnd() - 1, property)
    : insertAt(text, last.getEnd(), `, ${property}`);
}

/** The property of an object, by its name. */
export function propertyOf(object: ts.ObjectLiteralExpression, name: string): ts.ObjectLiteralElementLike | undefined {
  return object.properties.find(
    (property) => property.name !== undefined && 'text' in property.name && property.name.text === name,
  );
}
