/** The words of `kubectl get`: options stand anywhere, also before the verb. Knows no kinds. */

export interface KubectlGet {
  readonly type: string;
  /** None: all. */
  readonly names: readonly string[];
  readonly namespace: string;
  readonly everywhere: boolean;
  readonly wide: boolean;
}

interface Options {
  namespace: string;
  everywhere: boolean;
  wide: boolean;
}

/** Takes the option that begins at `at`, and answers how many words it is; undefined where it is not known. */
function takeOption(words: readonly string[], at: number, options: Options): number | undefined {
  const [word = '', next] = words.slice(at);
  const [, inline] = /^(?:--namespace=|-n=?)(.+)$/.exec(word) ?? [];
  if (word === '-A' || word === '--all-namespaces') options.everywhere = true;
  else if (word === '-n' || word === '--namespace') {
    if (!next) return undefined;
    options.namespace = next;
    return 2;
  } else if (inline !== undefined) options.namespace = inline;
  else if (/^(-o=?|--output=)wide$/.test(word)) options.wide = true;
  else if ((word === '-o' || word === '--output') && next === 'wide') {
    options.wide = true;
    return 2;
  } else return undefined;
  return 1;
}

/** The words after `kubectl`; undefined where they are no `get`, or hold what is not known here. */
export function readKubectl(words: readonly string[]): KubectlGet | undefined {
  const options: Options = { namespace: 'default', everywhere: false, wide: false };
  const rest: string[] = [];
  for (let at = 0; at < words.length; ) {
    const word = words[at] ?? '';
    const taken = word.startsWith('-') ? takeOption(words, at, options) : 1;
    if (taken === undefined) return undefined;
    if (!word.startsWith('-')) rest.push(word);
    at += taken;
  }
  const [verb, typed = '', ...more] = rest;
  const [type = '', name] = typed.split('/');
  if (verb !== 'get' || type === '' || (name !== undefined && (name === '' || more.length > 0))) return undefined;
  return { type, names: name === undefined ? more : [name], ...options };
}
