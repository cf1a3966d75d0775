// What every look at a document needs. Runs in an isolated world: the page's own scripts can change nothing here, and elements that
// are named after properties of the document ("clobbering") are passed by, because properties are read through the prototypes.
const getter = (prototype, name) => Object.getOwnPropertyDescriptor(prototype, name).get;
// Null in a document that a script has emptied.
const root = getter(Document.prototype, 'documentElement').call(document);
const address = getter(Document.prototype, 'URL').call(document);
const all = (selector) => Document.prototype.querySelectorAll.call(document, selector);
const cut = (text, length) => String(text ?? '').slice(0, length);
const fold = (text, length) => cut(text, 4 * length).replace(/\s+/g, ' ').trim().slice(0, length);

const isShown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

const hasArea = (box) => box.right - box.left >= 1 && box.bottom - box.top >= 1;

// The part of an element's box that no ancestor cuts off, in its window's coordinates.
function uncut(element) {
  const box = element.getBoundingClientRect();
  let [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom];
  for (let around = element.parentElement; around && around !== root; around = around.parentElement) {
    const style = getComputedStyle(around);
    if (around.localName === 'body' || style.display === 'contents') continue;
    const edge = around.getBoundingClientRect();
    if (/hidden|clip/.test(style.overflowX)) { left = Math.max(left, edge.left); right = Math.min(right, edge.right); }
    if (/hidden|clip/.test(style.overflowY)) { top = Math.max(top, edge.top); bottom = Math.min(bottom, edge.bottom); }
  }
  return { left, top, right, bottom };
}

// A box relative to the upper left corner of the page.
function onPage(box, place) {
  const whole = (number) => Math.max(-1e6, Math.min(1e6, Math.round(number) || 0));
  return {
    x: whole(box.left + place.x + place.window.scrollX),
    y: whole(box.top + place.y + place.window.scrollY),
    width: whole(box.right - box.left),
    height: whole(box.bottom - box.top),
  };
}

// Shown to a visitor who scrolls: has a box that is not cut away and lies on the page.
function isSeen(element, place) {
  if (!place.shown || !isShown(element)) return false;
  const box = uncut(element);
  if (!hasArea(box)) return false;
  const { x, y, width, height } = onPage(box, place);
  return x + width > 0 && y + height > 0 && x < place.window.pageWidth && y < place.window.pageHeight;
}
