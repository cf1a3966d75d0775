// Brings the link with the address `wanted` into the window. Answers its box and a point on it that nothing covers, if there is one.
((place, wanted) => {
  let found = null;
  for (const link of all('a[href]')) {
    if (link.href !== wanted || !isSeen(link, place)) continue;
    link.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
    const { scrollX, scrollY } = globalThis;
    const rect = onPage(link.getBoundingClientRect(), { x: 0, y: 0, window: { scrollX, scrollY } });
    found = found || { rect, point: null };
    const picture = link.querySelector('img');
    for (const box of [...link.getClientRects(), ...(picture ? [picture.getBoundingClientRect()] : [])].slice(0, 20)) {
      const x = (box.left + box.right) / 2;
      const y = (box.top + box.bottom) / 2;
      const hit = Document.prototype.elementFromPoint.call(document, x, y);
      if (hit && link.contains(hit)) return { rect, point: { x, y } };
    }
  }
  return found;
})
