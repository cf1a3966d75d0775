// The window and the page in it.
(() => {
  const body = all('body')[0];
  const most = (name) => Math.max(root ? root[name] : 0, body ? body[name] : 0);
  const { scrollX, scrollY, innerWidth, innerHeight } = globalThis;
  return { scrollX, scrollY, innerWidth, innerHeight, pageWidth: most('scrollWidth'), pageHeight: most('scrollHeight') };
})()
