/** `--tags`: tags with `&& || !` and parentheses, `&&` before `||`. An empty expression fits everything. */

export type TagExpression = (tags: ReadonlySet<string>) => boolean;

export type ParsedTags =
  | { readonly ok: true; readonly fits: TagExpression }
  /** `offset` counts characters from 0. */
  | { readonly ok: false; readonly offset: number; readonly message: string };

interface Token {
  readonly text: string;
  readonly offset: number;
}

const TOKEN = /\s*(&&|\|\||!|\(|\)|[^\s&|!()]+|.)/gy;
const TAG = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

class TagError extends Error {
  readonly offset: number;
  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

export function parseTags(text: string): ParsedTags {
  if (text.trim() === '') return { ok: true, fits: () => true };
  try {
    return { ok: true, fits: new TagParser(text).whole() };
  } catch (error) {
    if (error instanceof TagError) return { ok: false, offset: error.offset, message: error.message };
    throw error;
  }
}

class TagParser {
  readonly #tokens: readonly Token[];
  readonly #end: number;
  #at = 0;

  constructor(text: string) {
    this.#tokens = [...text.trimEnd().matchAll(TOKEN)].map((match) => {
      const token = match[1] ?? '';
      return { text: token, offset: match.index + match[0].length - token.length };
    });
    this.#end = text.trimEnd().length;
  }

  whole(): TagExpression {
    const expression = this.#or();
    const extra = this.#tokens[this.#at];
    if (extra) throw new TagError(extra.offset, `expected && or || before ${extra.text}`);
    return expression;
  }

  #or(): TagExpression {
    let left = this.#and();
    while (this.#take('||')) {
      const [a, b] = [left, this.#and()];
      left = (tags) => a(tags) || b(tags);
    }
    return left;
  }

  #and(): TagExpression {
    let left = this.#unary();
    while (this.#take('&&')) {
      const [a, b] = [left, this.#unary()];
      left = (tags) => a(tags) && b(tags);
    }
    return left;
  }

  #unary(): TagExpression {
    let negated = false;
    while (this.#take('!')) negated = !negated;
    const inner = this.#primary();
    return negated ? (tags) => !inner(tags) : inner;
  }

  #primary(): TagExpression {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new TagError(this.#end, 'expected a tag at the end');
    if (this.#take('(')) {
      const inner = this.#or();
      if (!this.#take(')')) throw new TagError(this.#tokens[this.#at]?.offset ?? this.#end, 'expected )');
      return inner;
    }
    if (!TAG.test(token.text)) throw new TagError(token.offset, `expected a tag, not ${token.text}`);
    this.#at += 1;
    return (tags) => tags.has(token.text);
  }

  #take(text: string): boolean {
    if (this.#tokens[this.#at]?.text !== text) return false;
    this.#at += 1;
    return true;
  }
}
