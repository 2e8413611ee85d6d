// A target needs a source of its own; everything in the modules comes from the folders of src/ and
// what is exported from exports.txt, so there is nothing to say here.
// Enters: nothing. Leaves: nothing. Proven by: tests/side_module, which load the modules.
