// The texts that a visitor sees in the window now, frames included; what lies on a layer above the page is marked.
(() => {
  const texts = [];
  const window = viewOf(document);
  const inWindow = (box, place) =>
    box.right + place.x > 0 && box.bottom + place.y > 0 && box.left + place.x < window.innerWidth && box.top + place.y < window.innerHeight;
  const isLayer = (element) => {
    const view = viewOf(element.ownerDocument);
    for (let around = element; around; around = around.parentElement) {
      if (around.localName === 'dialog' || view.getComputedStyle(around).position === 'fixed') return true;
    }
    return false;
  };
  const take = (text, element, box, place) => {
    const words = fold(text, 500);
    if (words && texts.length < 5000 && hasArea(box) && inWindow(box, place) && isShown(element)) {
      texts.push({ text: words, layer: isLayer(element) });
    }
  };
  for (const place of documents()) {
    if (!place.shown) continue;
    const walker = Document.prototype.createTreeWalker.call(place.document, rootOf(place.document), NodeFilter.SHOW_TEXT);
    const range = Document.prototype.createRange.call(place.document);
    for (let steps = 0; steps < 50000 && walker.nextNode(); steps += 1) {
      const node = walker.currentNode;
      if (!node.parentElement || !/\S/.test(node.data)) continue;
      range.selectNodeContents(node);
      take(node.data, node.parentElement, range.getBoundingClientRect(), place);
    }
    for (const button of all(place.document, 'input[type=button], input[type=submit]')) {
      take(button.value, button, button.getBoundingClientRect(), place);
    }
  }
  return texts;
})()
