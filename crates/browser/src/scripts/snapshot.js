// Everything that is recorded of a page: size, HTML of each document, and the elements that may be an official mark.
(() => {
  const elements = [];
  const isBadgeName = (address) => /(^|\/)(red|blue)(_error)?\.(png|gif|jpe?g|webp|svg)(\?|$)/i.test(address);
  const isBadgePicture = (picture) =>
    /conac\.cn/i.test(picture.src) || isBadgeName(picture.src) || /^imgconac$/i.test(picture.id);
  const describe = (place, element, link, picture) => {
    if (elements.length >= 200) return;
    const loaded = !picture || (picture.complete && picture.naturalWidth > 0);
    elements.push({
      href: link ? cut(link.href, 2000) : null,
      src: picture ? cut(picture.currentSrc || picture.src, 2000) : null,
      id: cut((picture || link).id, 100) || null,
      alt: picture ? cut(picture.alt, 200) : null,
      text: link ? fold(link.textContent, 200) : '',
      rect: onPage((picture || link).getBoundingClientRect(), place),
      visible: loaded && isSeen(picture || link, place),
      frame: place.top ? null : cut(addressOf(place.document), 2000),
    });
  };
  const frames = [];
  for (const place of documents()) {
    frames.push({ url: cut(addressOf(place.document), 2000), html: cut(rootOf(place.document).outerHTML, 4194304) });
    for (const link of all(place.document, 'a')) {
      const picture = link.querySelector('img');
      if (/conac\.cn/i.test(link.href) || (picture && isBadgePicture(picture))) describe(place, link, link, picture);
    }
    for (const picture of all(place.document, 'img')) {
      if (isBadgePicture(picture) && !picture.closest('a')) describe(place, picture, null, picture);
    }
  }
  const { width, height } = pageSize();
  return { url: cut(addressOf(document), 2000), width, height, frames, elements };
})()
