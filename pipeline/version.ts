/** This package's version: a constant, because a browser has no package.json to read. A test holds the two equal. */
export const VERSION = '0.1.0';
