/** What can be said of something that was thrown, whatever it is. */
export interface ErrorDescription {
  /** The error's name, else its class; the type of what is no error. */
  readonly errorClass: string;
  readonly message: string;
  readonly stack: string | undefined;
}

/** Describes whatever was thrown; never throws itself, though getters, proxies or `toString` of it may. */
export function describeError(thrown: unknown): ErrorDescription {
  if (!isError(thrown)) return { errorClass: typeof thrown, message: textOf(() => thrown), stack: undefined };
  const stack = read(() => thrown.stack);
  return {
    errorClass: classOf(thrown),
    message: textOf(() => thrown.message),
    stack: typeof stack === 'string' ? stack : undefined,
  };
}

function isError(thrown: unknown): thrown is Error {
  return read(() => thrown instanceof Error) === true;
}

// A class that does not set `name` inherits 'Error', which says nothing.
function classOf(error: Error): string {
  const name: unknown = read(() => error.name);
  if (typeof name === 'string' && name !== 'Error' && name !== '') return name;
  const className: unknown = read(() => error.constructor.name);
  return typeof className === 'string' && className !== '' ? className : 'Error';
}

function textOf(get: () => unknown): string {
  const text = read(() => String(get()));
  return typeof text === 'string' ? text : 'something that has no text was thrown';
}

// What was thrown is the app's; that it cannot be read is all that there is to say of it.
function read(get: () => unknown): unknown {
  try {
    return get();
  } catch {
    return undefined;
  }
}
