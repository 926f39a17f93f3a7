import ts from 'typescript';
import { findNode, parse, withElement, withImport } from '../app/source-text.js';

/** The source with the list of migrations, and one more in it; `undefined` where there is no `MIGRATIONS = […]`. */
export function withMigration(text: string, className: string, from: string): string | undefined {
  const list = findNode(parse(text), isList)?.initializer;
  if (list === undefined || !ts.isArrayLiteralExpression(list)) return undefined;
  return withImport(withElement(text, list, className), className, from);
}

function isList(node: ts.Node): node is ts.VariableDeclaration {
  return ts.isVariableDeclaration(node) && node.name.getText() === 'MIGRATIONS';
}
