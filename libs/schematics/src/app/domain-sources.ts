import type { Tree } from '@angular-devkit/schematics';
import ts from 'typescript';
import { findNode, parse } from './source-text.js';

/** A parameter, as it is written. */
export interface Parameter {
  readonly name: string;
  readonly type: string;
  /** A value for a spec, as source; `undefined` for a type that is not one of the language. */
  readonly sample: string | undefined;
}

/** A class with a decorator that says what it is. */
export interface DomainClass {
  readonly className: string;
  /** Without `.ts`, from the folder of the app. */
  readonly file: string;
  /** Name of the file up to its first dot. */
  readonly name: string;
  /** What the decorator names, where that is written in it. */
  readonly wireName: string | undefined;
  readonly constructorParameters: readonly Parameter[];
  /** What is public and no accessor, in the order of the source. */
  readonly methods: readonly { readonly name: string; readonly parameters: readonly Parameter[] }[];
}

/** The classes with `@EventSourced` of a feature. */
export function aggregatesIn(tree: Tree, folder: string): DomainClass[] {
  return classesIn(tree, `${folder}/domain`, { ending: '.aggregate.ts', decorator: 'EventSourced' });
}

/** The classes with `@DomainEvent` of a feature. */
export function eventsIn(tree: Tree, folder: string): DomainClass[] {
  return classesIn(tree, `${folder}/domain`, { ending: '.event.ts', decorator: 'DomainEvent' });
}

/** Of several, the one whose name is the longest that a name begins or ends with, or has between its dashes. */
export function namedIn(name: string, classes: readonly DomainClass[]): DomainClass | undefined {
  const named = classes.filter((candidate) => `-${name}-`.includes(`-${candidate.name}-`));
  return named.sort((a, b) => b.name.length - a.name.length)[0];
}

function classesIn(tree: Tree, folder: string, { ending, decorator }: { ending: string; decorator: string }) {
  const files = tree.getDir(folder).subfiles.filter((file) => file.endsWith(ending));
  return files.sort().flatMap((file) => {
    const path = `${folder}/${file}`;
    const found = findNode(
      parse(tree.readText(path)),
      (node): node is ts.ClassDeclaration => ts.isClassDeclaration(node) && decoratorOf(node, decorator) !== undefined,
    );
    return found === undefined ? [] : [describe(found, path, decorator)];
  });
}

function describe(declaration: ts.ClassDeclaration, path: string, decorator: string): DomainClass {
  const [argument] = decoratorOf(declaration, decorator)?.arguments ?? [];
  const constructor = declaration.members.find(ts.isConstructorDeclaration);
  const file = path.slice(0, -'.ts'.length);
  return {
    className: declaration.name?.text ?? '',
    file,
    name: file.slice(file.lastIndexOf('/') + 1).replace(/\..*$/, ''),
    wireName: argument !== undefined && ts.isStringLiteralLike(argument) ? argument.text : undefined,
    constructorParameters: parametersOf(constructor),
    methods: declaration.members
      .filter(ts.isMethodDeclaration)
      .filter((method) => !method.modifiers?.some(({ kind }) => HIDDEN.has(kind)))
      .map((method) => ({ name: method.name.getText(), parameters: parametersOf(method) })),
  };
}

const HIDDEN = new Set([
  ts.SyntaxKind.PrivateKeyword,
  ts.SyntaxKind.ProtectedKeyword,
  ts.SyntaxKind.StaticKeyword,
  ts.SyntaxKind.OverrideKeyword,
]);

function decoratorOf(declaration: ts.ClassDeclaration, name: string): ts.CallExpression | undefined {
  const calls = (ts.getDecorators(declaration) ?? []).map(({ expression }) => expression).filter(ts.isCallExpression);
  return calls.find(({ expression }) => expression.getText() === name);
}

function parametersOf(callable: ts.SignatureDeclaration | undefined): Parameter[] {
  return (callable?.parameters ?? ([] as readonly ts.ParameterDeclaration[])).map(({ name, type, initializer }) => {
    const text =
      type?.getText() ?? (initializer !== undefined && ts.isStringLiteral(initializer) ? 'string' : 'unknown');
    return { name: name.getText(), type: text, sample: sampleOf(text) };
  });
}

function sampleOf(type: string): string | undefined {
  if (/^(readonly )?(string|number|boolean|bigint|Date)\[\]$/.test(type)) return '[]';
  const samples: Readonly<Record<string, string>> = {
    string: "'ada'",
    number: '1',
    boolean: 'true',
    bigint: '1n',
    Date: "new Date('2026-03-01T12:00:00Z')",
  };
  return samples[type];
}
