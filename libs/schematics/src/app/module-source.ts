import ts from 'typescript';
import { RefusalError } from './refusal.js';
import { findNode, parse, propertyOf, withElement, withImport, withProperty } from './source-text.js';

/** A list in the metadata of a module. */
export type ModuleList = 'imports' | 'providers';
/** A list of `EventSourcingModule.forFeature`. */
export type FeatureList = 'events' | 'aggregates' | 'projections' | 'subscribers' | 'imports';

const FEATURE = 'EventSourcingModule.forFeature';

/** The source of a Nest module while it is changed; every method leaves alone what is there already. */
export class ModuleSource {
  constructor(
    /** For messages. */
    private readonly path: string,
    /** As it is by now. */
    public text: string,
  ) {}

  /** Whether an element of the list is a call such as `TypeOrmModule.forRoot`, or that name alone. */
  has(list: ModuleList, start: string): boolean {
    return this.elementsOf(list).some((element) => startsWith(element, start));
  }

  /** Imports a name into the file. */
  import(name: string, from: string): this {
    this.text = withImport(this.text, name, from);
    return this;
  }

  /** Adds an element to a list of the module, unless it is there. */
  add(list: ModuleList, element: string): this {
    if (this.elementsOf(list).some((present) => present.getText() === element)) return this;
    const metadata = this.metadata();
    const array = this.arrayIn(metadata, list);
    this.text =
      array === undefined
        ? withProperty(this.text, metadata, `${list}: [${element}]`)
        : withElement(this.text, array, element);
    return this;
  }

  /** Adds a name to a list of `EventSourcingModule.forFeature`, which is added itself where there is none. */
  addFeature(list: FeatureList, name: string): this {
    const feature = this.elementsOf('imports').find((element) => startsWith(element, FEATURE));
    if (feature === undefined) {
      return this.import('EventSourcingModule', '@tidemark/event-sourcing').add(
        'imports',
        `${FEATURE}({ ${list}: [${name}] })`,
      );
    }
    const given = ts.isCallExpression(feature) ? feature.arguments[0] : undefined;
    if (given === undefined || !ts.isObjectLiteralExpression(given)) throw this.notUnderstood(`the call of ${FEATURE}`);
    const array = this.arrayIn(given, list);
    if (array?.elements.some((element) => element.getText() === name)) return this;
    this.text =
      array === undefined ? withProperty(this.text, given, `${list}: [${name}]`) : withElement(this.text, array, name);
    return this;
  }

  private elementsOf(list: ModuleList): readonly ts.Expression[] {
    return this.arrayIn(this.metadata(), list)?.elements ?? [];
  }

  private metadata(): ts.ObjectLiteralExpression {
    const decorator = findNode(
      parse(this.text),
      (node): node is ts.Decorator => ts.isDecorator(node) && startsWith(node.expression, 'Module'),
    );
    const call = decorator?.expression;
    const metadata = call !== undefined && ts.isCallExpression(call) ? call.arguments[0] : undefined;
    if (metadata === undefined || !ts.isObjectLiteralExpression(metadata)) throw this.notUnderstood('@Module({ … })');
    return metadata;
  }

  private arrayIn(object: ts.ObjectLiteralExpression, name: string): ts.ArrayLiteralExpression | undefined {
    const property = propertyOf(object, name);
    if (property === undefined) return undefined;
    if (!ts.isPropertyAssignment(property) || !ts.isArrayLiteralExpression(property.initializer)) {
      throw this.notUnderstood(`'${name}' as a list in brackets`);
    }
    return property.initializer;
  }

  private notUnderstood(expected: string): RefusalError {
    return new RefusalError('NOT_UNDERSTOOD', `${this.path} has not ${expected}, so nothing can be added to it.`);
  }
}

function startsWith(expression: ts.Expression, name: string): boolean {
  const called = ts.isCallExpression(expression) ? expression.expression : expression;
  return called.getText() === name || called.getText().startsWith(`${name}Async`);
}
