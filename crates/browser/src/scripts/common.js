// What every look at a page needs. Runs in an isolated world: the page's own scripts can change nothing here, and elements that are
// named after properties of the document ("clobbering") are passed by, because properties are read through the prototypes.
const getter = (prototype, name) => Object.getOwnPropertyDescriptor(prototype, name).get;
const rootOf = (document) => getter(Document.prototype, 'documentElement').call(document);
const viewOf = (document) => getter(Document.prototype, 'defaultView').call(document);
const addressOf = (document) => getter(Document.prototype, 'URL').call(document);
const all = (document, selector) => Document.prototype.querySelectorAll.call(document, selector);
const cut = (text, length) => String(text ?? '').slice(0, length);
const fold = (text, length) => cut(text, 4 * length).replace(/\s+/g, ' ').trim().slice(0, length);

// The page and its frames, each with the distance of its corner from the window's and whether the frame itself is shown.
function documents() {
  const found = [];
  const visit = (document, x, y, shown, depth) => {
    found.push({ document, x, y, shown, top: depth === 0 });
    if (depth >= 5) return;
    for (const frame of all(document, 'iframe, frame')) {
      if (found.length >= 50) return;
      let inner = null;
      try { inner = frame.contentDocument; } catch { /* a frame out of reach is no frame of ours */ }
      if (!inner || !rootOf(inner)) continue;
      const box = frame.getBoundingClientRect();
      const style = viewOf(document).getComputedStyle(frame);
      const edge = (side) => parseFloat(style['padding' + side]) || 0;
      const left = x + box.left + frame.clientLeft + edge('Left');
      const top = y + box.top + frame.clientTop + edge('Top');
      visit(inner, left, top, shown && box.width > 1 && box.height > 1 && isShown(frame), depth + 1);
    }
  };
  visit(document, 0, 0, true, 0);
  return found;
}

const isShown = (element) =>
  element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: false });

// The part of an element's box that no ancestor cuts off, in its window's coordinates.
function uncut(element) {
  const box = element.getBoundingClientRect();
  let [left, top, right, bottom] = [box.left, box.top, box.right, box.bottom];
  const view = viewOf(element.ownerDocument);
  for (let around = element.parentElement; around && around !== rootOf(element.ownerDocument); around = around.parentElement) {
    const style = view.getComputedStyle(around);
    if (around.localName === 'body' || style.display === 'contents') continue;
    const edge = around.getBoundingClientRect();
    if (/hidden|clip/.test(style.overflowX)) { left = Math.max(left, edge.left); right = Math.min(right, edge.right); }
    if (/hidden|clip/.test(style.overflowY)) { top = Math.max(top, edge.top); bottom = Math.min(bottom, edge.bottom); }
  }
  return { left, top, right, bottom };
}

// A box relative to the upper left corner of the page.
function onPage(box, place) {
  const window = viewOf(document);
  const x = box.left + place.x + window.scrollX;
  const y = box.top + place.y + window.scrollY;
  const whole = (number) => Math.max(-1e6, Math.min(1e6, Math.round(number) || 0));
  return { x: whole(x), y: whole(y), width: whole(box.right - box.left), height: whole(box.bottom - box.top) };
}

const hasArea = (box) => box.right - box.left >= 1 && box.bottom - box.top >= 1;

const pageSize = () => {
  const root = rootOf(document);
  const body = all(document, 'body')[0];
  const most = (name) => Math.max(root[name], body ? body[name] : 0);
  return { width: most('scrollWidth'), height: most('scrollHeight') };
};

// Shown to a visitor who scrolls: has a box that is not cut away and lies on the page.
function isSeen(element, place) {
  if (!place.shown || !isShown(element)) return false;
  const box = uncut(element);
  if (!hasArea(box)) return false;
  const { x, y, width, height } = onPage(box, place);
  const page = pageSize();
  return x + width > 0 && y + height > 0 && x < page.width && y < page.height;
}
