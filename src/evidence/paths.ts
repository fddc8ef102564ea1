/**
 * Where evidence lies in a bundle, and its anchors: `ARM/evidence/ID/HOST.txt#ip-route-get-172.30.0.2`. Names from files become
 * paths only through here, so that none of them leaves its folder.
 */

/** Lower-case letters, digits, dots and single dashes; never empty, never starting with a dot. */
export function slug(text: string, lengthMax = 60): string {
  const dashed = text
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/\.{2,}/g, '.')
    .slice(0, lengthMax);
  return dashed.replace(/^[-.]+|[-.]+$/g, '') || 'unnamed';
}

/** The anchor of a command: `ip route get 172.30.0.2` gives `ip-route-get-172.30.0.2`. */
export function anchor(command: string): string {
  return slug(command.replace(/[=,]/g, ' '), 80);
}

export function armFolder(arm: string): string {
  return slug(arm);
}

/** Below the arm's folder. */
export function snapshotFolder(snapshotId: string): string {
  return `evidence/${slug(snapshotId, 80)}`;
}

/** A host that is called `api` does not get the API's file. */
export function hostFile(snapshotId: string, host: string): string {
  const name = slug(host);
  return `${snapshotFolder(snapshotId)}/${name === 'api' ? 'host-api' : name}.txt`;
}

/** What the API said. */
export function apiFile(snapshotId: string): string {
  return `${snapshotFolder(snapshotId)}/api.txt`;
}

/** One record a line: the line of the record at `index`. */
export function historyLine(index: number): string {
  return `history.jsonl#L${index + 1}`;
}
