import ts from 'typescript';
import { findNode, insertAt, parse } from './source-text.js';

const HOOKS = 'enableShutdownHooks';

/**
 * The source of `main.ts` with the call that lets SIGTERM drain the app; as it is where it has that call, and `undefined` where
 * there is no `const app = await NestFactory.create(…)` to put it behind.
 */
export function withShutdownHooks(text: string): string | undefined {
  if (text.includes(HOOKS)) return text;
  const created = findNode(parse(text), isCreated);
  const statement = created?.parent.parent;
  if (created === undefined || statement === undefined || !ts.isVariableStatement(statement)) return undefined;
  const call = `${created.name.getText()}.${HOOKS}([], { useProcessExit: true });`;
  return insertAt(text, statement.getEnd(), `\n  ${call}`);
}

function isCreated(node: ts.Node): node is ts.VariableDeclaration {
  return (
    ts.isVariableDeclaration(node) &&
    ts.isIdentifier(node.name) &&
    /^await NestFactory\s*\.create\b/.test(node.initializer?.getText() ?? '')
  );
}
