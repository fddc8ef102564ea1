/** The parts of an image's name, as Docker and containerd part it. Refuses to know what stands for those that are absent. */

export interface ImageName {
  /** With its port; absent where the name has none. */
  readonly host?: string;
  /** With the tag, if there is one. */
  readonly path: string;
  /** `sha256:` and its digits. */
  readonly digest?: string;
}

export function partsOf(image: string): ImageName {
  const [named = '', digest] = image.split('@');
  const [first = '', ...rest] = named.split('/');
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === 'localhost');
  return {
    ...(isHost && { host: first }),
    path: isHost ? rest.join('/') : named,
    ...(digest !== undefined && { digest }),
  };
}
