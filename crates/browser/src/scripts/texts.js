// The texts of a document that a visitor sees in the window now; what lies on a layer above the page is marked.
((place) => {
  const texts = [];
  if (!place.shown) return texts;
  const inWindow = (box) =>
    box.right + place.x > 0 && box.left + place.x < place.window.innerWidth &&
    box.bottom + place.y > 0 && box.top + place.y < place.window.innerHeight;
  const isLayer = (element) => {
    for (let around = element; around; around = around.parentElement) {
      if (around.localName === 'dialog' || getComputedStyle(around).position === 'fixed') return true;
    }
    return false;
  };
  const take = (text, element, box) => {
    const words = fold(text, 500);
    if (words && texts.length < 5000 && hasArea(box) && inWindow(box) && isShown(element)) {
      texts.push({ text: words, layer: isLayer(element) });
    }
  };
  const walker = Document.prototype.createTreeWalker.call(document, document, NodeFilter.SHOW_TEXT);
  const range = Document.prototype.createRange.call(document);
  for (let steps = 0; steps < 50000 && walker.nextNode(); steps += 1) {
    const node = walker.currentNode;
    if (!node.parentElement || !/\S/.test(node.data)) continue;
    range.selectNodeContents(node);
    take(node.data, node.parentElement, range.getBoundingClientRect());
  }
  for (const button of all('input[type=button], input[type=submit]')) {
    take(button.value, button, button.getBoundingClientRect());
  }
  return texts;
})
