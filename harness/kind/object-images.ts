/** The images that the containers of an object name: of a Pod, or of what makes pods from a template. */
import { isMapping } from '../../src/plan/merge.js';

const CONTAINERS: ReadonlySet<string> = new Set(['containers', 'initContainers', 'ephemeralContainers']);

/** The object with every image replaced; the same one where none is. */
export function mapImages<T>(object: T, swap: (image: string) => string): T {
  return mapped(object, swap) as T;
}

function mapped(value: unknown, swap: (image: string) => string): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => mapped(item, swap));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (!isMapping(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => {
    const isList = CONTAINERS.has(key) && Array.isArray(item);
    return [key, isList ? item.map((container) => swapOf(container, swap)) : mapped(item, swap)] as const;
  });
  const changed = entries.some(([key, item]) => {
    const before = value[key];
    return Array.isArray(item) && Array.isArray(before) ? item.some((one, i) => one !== before[i]) : item !== before;
  });
  return changed ? Object.fromEntries(entries) : value;
}

function swapOf(container: unknown, swap: (image: string) => string): unknown {
  if (!isMapping(container) || typeof container.image !== 'string') return container;
  const image = swap(container.image);
  return image === container.image ? container : { ...container, image };
}

/** Each once, in the order in which they stand there. */
export function imagesIn(value: unknown): readonly string[] {
  const found = new Set<string>();
  mapImages(value, (image) => {
    found.add(image);
    return image;
  });
  return [...found];
}
