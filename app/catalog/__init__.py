"""What there is: images, teachers, students, methods, mistakes, controls and limits."""
