/* "no" */ var r = /['"/]/, t = `a
b`; // alert('请使用IE浏览器')
try { o = new ActiveXObject("Word.Application") } catch (e) { x = new ActiveXObject('Microsoft.XMLHTTP') }
if (!isIE) document.write("\u8bf7\u4f7f\u7528IE\u6d4f\u89c8\u5668"); swfobject.embedSWF("a.swf", "b");
