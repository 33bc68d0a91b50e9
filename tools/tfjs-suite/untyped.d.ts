declare module "jasmine-core/lib/jasmine-core/jasmine.js" {
  const jasmineRequire: unknown;
  export default jasmineRequire;
}
