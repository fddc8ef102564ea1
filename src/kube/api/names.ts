/** What Kubernetes allows as names and labels. Source: k8s.io/apimachinery util/validation/validation.go. */

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const VALUE = '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?';

interface Rule {
  readonly lengthMax: number;
  readonly pattern: string;
  readonly text: string;
  readonly examples: string;
}

const RULES = {
  label: {
    lengthMax: 63,
    pattern: LABEL,
    text: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
    examples: "e.g. 'my-name',  or '123-abc'",
  },
  subdomain: {
    lengthMax: 253,
    pattern: SUBDOMAIN,
    text: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    examples: "e.g. 'example.com'",
  },
  serviceName: {
    lengthMax: 63,
    pattern: LABEL_1035,
    text: "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
    examples: "e.g. 'my-name',  or 'abc-123'",
  },
  labelValue: {
    lengthMax: 63,
    pattern: VALUE,
    text: "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    examples: "e.g. 'MyValue',  or 'my_value',  or '12345'",
  },
  labelKey: {
    lengthMax: 63,
    pattern: QUALIFIED,
    text: "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
    examples: "e.g. 'MyName',  or 'my.name',  or '123-abc'",
  },
} as const satisfies Record<string, Rule>;

/** What is wrong with `value` as a name of this sort, or undefined. */
export function nameProblem(sort: keyof typeof RULES, value: string): string | undefined {
  const { lengthMax, pattern, text, examples } = RULES[sort];
  if (value.length > lengthMax) return `must be no more than ${lengthMax} characters`;
  if (new RegExp(`^${pattern}$`).test(value)) return undefined;
  return `${text} (${examples}, regex used for validation is '${pattern}')`;
}

/** A label's key: an optional DNS prefix, a slash, a name. */
export function labelKeyProblem(key: string): string | undefined {
  const parts = key.split('/');
  const [first = '', second] = parts;
  if (parts.length > 2) return nameProblem('labelKey', key);
  if (second === undefined) return first === '' ? 'name part must be non-empty' : nameProblem('labelKey', first);
  if (first === '') return 'prefix part must be non-empty';
  const prefix = nameProblem('subdomain', first);
  if (prefix !== undefined) return `prefix part ${prefix}`;
  return second === '' ? 'name part must be non-empty' : nameProblem('labelKey', second);
}
