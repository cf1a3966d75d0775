// Called on a frame's element: the corner of the frame's window in the window around it, and whether the frame can be seen.
const box = this.getBoundingClientRect();
const style = getComputedStyle(this);
return {
  x: box.left + this.clientLeft + (parseFloat(style.paddingLeft) || 0),
  y: box.top + this.clientTop + (parseFloat(style.paddingTop) || 0),
  shown: isShown(this) && hasArea(uncut(this)),
};
