import { describe, expect, it } from '@jest/globals';
import { formsOf, nameOfFolder, problemOfName } from './package-name.js';

describe('problemOfName', () => {
  it.each(['a', 'my-service', 'my.service_2', '@acme/tea-shop', '2fast', 'x'.repeat(214)])('accepts %s', (name) => {
    expect(problemOfName(name)).toBeUndefined();
  });

  it.each([
    ['', 'empty'],
    ['My-Service', 'a-z'],
    ['.hidden', 'first character'],
    ['_private', 'first character'],
    ['tea shop', 'a-z'],
    ['../up', 'a-z'],
    ['@acme', 'a-z'],
    ['@acme/', 'a-z'],
    ['a/b', 'a-z'],
    ['naïve', 'a-z'],
    ['a\nb', 'a-z'],
    ["it's", 'a-z'],
    ['node_modules', 'taken'],
    ['http', 'taken'],
    ['x'.repeat(215), '214'],
  ])('refuses %j', (name, reason) => {
    expect(problemOfName(name)).toContain(reason);
  });
});

describe('nameOfFolder', () => {
  it.each([
    ['my-service', 'my-service'],
    ['somewhere/My Service!', 'my-service'],
    ['./_drafts', 'drafts'],
    ['..hidden', 'hidden'],
    ['größe', 'gr-e'],
  ])('makes %j to %j', (folder, name) => {
    expect(nameOfFolder(folder)).toBe(name);
    expect(problemOfName(name)).toBeUndefined();
  });
});

describe('formsOf', () => {
  it('derives all forms', () => {
    expect(formsOf('@acme/tea-shop.v2')).toEqual({
      service: 'tea-shop.v2',
      title: 'Tea shop v2',
      database: 'tea_shop_v2',
      container: 'tea-shop-v2',
    });
  });

  it('keeps to what PostgreSQL takes as a name', () => {
    expect(formsOf('x'.repeat(214)).database).toHaveLength(63);
  });
});
