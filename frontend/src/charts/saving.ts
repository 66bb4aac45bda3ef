/** A chart as a file of its own: an SVG that looks the same without the style of the page. */
const KEPT = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-linecap',
  'stroke-linejoin',
  'stroke-dasharray',
  'opacity',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
] as const;
const PADDING = 12;
const SVG = 'http://www.w3.org/2000/svg';

/** The picture with its title as text of an SVG document. */
export function svgText(picture: SVGSVGElement, title: string): string {
  const copy = picture.cloneNode(true) as SVGSVGElement;
  const originals = [picture, ...picture.querySelectorAll<SVGElement>('*')];
  const copies = [copy, ...copy.querySelectorAll<SVGElement>('*')];
  originals.forEach((original, at) => {
    const style = getComputedStyle(original);
    const element = copies[at];
    for (const name of KEPT) element?.setAttribute(name, style.getPropertyValue(name));
    element?.removeAttribute('class');
    element?.removeAttribute('style');
  });
  const named = document.createElementNS(SVG, 'title');
  named.textContent = title;
  copy.prepend(named, ground(picture));
  const { width, height } = picture.viewBox.baseVal;
  const box = [-PADDING, -PADDING, width + 2 * PADDING, height + 2 * PADDING];
  copy.setAttribute('viewBox', box.join(' '));
  copy.setAttribute('width', String(box[2]));
  copy.setAttribute('height', String(box[3]));
  copy.setAttribute('xmlns', SVG);
  return new XMLSerializer().serializeToString(copy);
}

/** What the page has behind the picture: text that is light needs it. */
function ground(picture: SVGSVGElement): SVGElement {
  const plate = document.createElementNS(SVG, 'rect');
  const { width, height } = picture.viewBox.baseVal;
  const sizes = { x: -PADDING, y: -PADDING, width: width + 2 * PADDING };
  for (const [name, value] of Object.entries({ ...sizes, height: height + 2 * PADDING })) {
    plate.setAttribute(name, String(value));
  }
  const behind = picture.closest('section') ?? picture;
  plate.setAttribute('fill', getComputedStyle(behind).backgroundColor);
  return plate;
}

export function save(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
