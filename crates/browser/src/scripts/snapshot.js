// Everything that is recorded of a document: its HTML and the elements that may be an official mark.
((place) => {
  const elements = [];
  const isBadgeName = (address) => /(^|\/)(red|blue)(_error)?\.(png|gif|jpe?g|webp|svg)(\?|$)/i.test(address);
  const isBadgePicture = (picture) =>
    /conac\.cn/i.test(picture.src) || isBadgeName(picture.src) || /^imgconac$/i.test(picture.id);
  const describe = (link, picture) => {
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
    });
  };
  for (const element of all('a, img')) {
    if (element.localName === 'a') {
      const picture = element.querySelector('img');
      if (/conac\.cn/i.test(element.href) || (picture && isBadgePicture(picture))) describe(element, picture);
    } else if (isBadgePicture(element) && !element.closest('a')) {
      describe(null, element);
    }
  }
  return { url: cut(address, 2000), html: cut(root && root.outerHTML, 4194304), elements };
})
