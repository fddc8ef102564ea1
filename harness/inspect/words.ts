/** A typed command as words, as a POSIX shell would split it: quotes group, a backslash takes the next character as it is. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  const pattern = /"((?:[^"\\]|\\.)*)"|'([^']*)'|((?:[^\s"'\\]|\\.)+)|(\s+)/gs;
  let word: string | undefined;
  for (const [, double, single, plain, gap] of line.trim().matchAll(pattern)) {
    if (gap !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + (single ?? (double ?? plain ?? '').replace(/\\(.)/gs, '$1'));
  }
  if (word !== undefined) words.push(word);
  return words;
}
