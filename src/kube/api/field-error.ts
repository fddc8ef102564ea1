/** A problem of one field, in the words of k8s.io/apimachinery util/validation/field. */

export interface FieldError {
  /** `spec.externalIPs[0]`. */
  readonly path: string;
  /** `Invalid value: "999.1.1.1": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)`. */
  readonly message: string;
}

const render = (value: unknown) =>
  typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? '""');

export function invalid(path: string, value: unknown, detail: string): FieldError {
  return { path, message: `Invalid value: ${render(value)}: ${detail}` };
}

export function required(path: string, detail = ''): FieldError {
  return { path, message: detail === '' ? 'Required value' : `Required value: ${detail}` };
}

export function forbidden(path: string, detail: string): FieldError {
  return { path, message: `Forbidden: ${detail}` };
}

export function duplicate(path: string, value: unknown): FieldError {
  return { path, message: `Duplicate value: ${render(value)}` };
}

export function notSupported(path: string, value: unknown, supported: readonly string[]): FieldError {
  const values = supported.map((word) => JSON.stringify(word)).join(', ');
  return { path, message: `Unsupported value: ${render(value)}: supported values: ${values}` };
}

/** As field.ErrorList's aggregate prints them: one alone, several in brackets. */
export function renderErrors(errors: readonly FieldError[]): string {
  const lines = [...new Set(errors.map(({ path, message }) => `${path}: ${message}`))];
  return lines.length === 1 ? (lines[0] ?? '') : `[${lines.join(', ')}]`;
}
