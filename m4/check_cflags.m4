# SNV2_CHECK_CFLAGS(VARIABLE, FLAGS): sets VARIABLE to those of FLAGS that the compiler takes.
AC_DEFUN([SNV2_CHECK_CFLAGS], [
  $1=
  for snv2_flag in $2; do
    AC_MSG_CHECKING([whether $CC takes $snv2_flag])
    snv2_saved_CFLAGS=$CFLAGS
    CFLAGS="$CFLAGS -Werror $snv2_flag"
    AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
      [AC_MSG_RESULT([yes])
       $1="$$1 $snv2_flag"],
      [AC_MSG_RESULT([no])])
    CFLAGS=$snv2_saved_CFLAGS
  done
  AC_SUBST([$1])
])
