/* Made by t/lib/html_entities.py. The named character references of the HTML standard (section
 * 13.5), sorted: the name, a NUL, what it means in UTF-8, a NUL. A name without ';' may stand
 * with and without it. */
#include "html/html_entity.h"

#pragma GCC diagnostic ignored "-Woverlength-strings" /* gcc and clang have no limit */

/* clang-format off */
const char html_entity_text[] =
	"AElig\0\xc3\x86\0AMP\0\x26\0Aacute\0\xc3\x81\0Abreve;\0\xc4\x82\0Acirc\0\xc3\x82\0"
	"Acy;\0\xd0\x90\0Afr;\0\xf0\x9d\x94\x84\0Agrave\0\xc3\x80\0Alpha;\0\xce\x91\0"
	"Amacr;\0\xc4\x80\0And;\0\xe2\xa9\x93\0Aogon;\0\xc4\x84\0Aopf;\0\xf0\x9d\x94\xb8\0"
	"ApplyFunction;\0\xe2\x81\xa1\0Aring\0\xc3\x85\0Ascr;\0\xf0\x9d\x92\x9c\0"
	"Assign;\0\xe2\x89\x94\0Atilde\0\xc3\x83\0Auml\0\xc3\x84\0Backslash;\0\xe2\x88\x96\0"
	"Barv;\0\xe2\xab\xa7\0Barwed;\0\xe2\x8c\x86\0Bcy;\0\xd0\x91\0Because;\0\xe2\x88\xb5\0"
	"Bernoullis;\0\xe2\x84\xac\0Beta;\0\xce\x92\0Bfr;\0\xf0\x9d\x94\x85\0"
	"Bopf;\0\xf0\x9d\x94\xb9\0Breve;\0\xcb\x98\0Bscr;\0\xe2\x84\xac\0Bumpeq;\0\xe2\x89\x8e\0"
	"CHcy;\0\xd0\xa7\0COPY\0\xc2\xa9\0Cacute;\0\xc4\x86\0Cap;\0\xe2\x8b\x92\0"
	"CapitalDifferentialD;\0\xe2\x85\x85\0Cayleys;\0\xe2\x84\xad\0Ccaron;\0\xc4\x8c\0"
	"Ccedil\0\xc3\x87\0Ccirc;\0\xc4\x88\0Cconint;\0\xe2\x88\xb0\0Cdot;\0\xc4\x8a\0"
	"Cedilla;\0\xc2\xb8\0CenterDot;\0\xc2\xb7\0Cfr;\0\xe2\x84\xad\0Chi;\0\xce\xa7\0"
	"CircleDot;\0\xe2\x8a\x99\0CircleMinus;\0\xe2\x8a\x96\0CirclePlus;\0\xe2\x8a\x95\0"
	"CircleTimes;\0\xe2\x8a\x97\0ClockwiseContourIntegral;\0\xe2\x88\xb2\0"
	"CloseCurlyDoubleQuote;\0\xe2\x80\x9d\0CloseCurlyQuote;\0\xe2\x80\x99\0"
	"Colon;\0\xe2\x88\xb7\0Colone;\0\xe2\xa9\xb4\0Congruent;\0\xe2\x89\xa1\0"
	"Conint;\0\xe2\x88\xaf\0ContourIntegral;\0\xe2\x88\xae\0Copf;\0\xe2\x84\x82\0"
	"Coproduct;\0\xe2\x88\x90\0CounterClockwiseContourIntegral;\0\xe2\x88\xb3\0"
	"Cross;\0\xe2\xa8\xaf\0Cscr;\0\xf0\x9d\x92\x9e\0Cup;\0\xe2\x8b\x93\0CupCap;\0\xe2\x89\x8d\0"
	"DD;\0\xe2\x85\x85\0DDotrahd;\0\xe2\xa4\x91\0DJcy;\0\xd0\x82\0DScy;\0\xd0\x85\0"
	"DZcy;\0\xd0\x8f\0Dagger;\0\xe2\x80\xa1\0Darr;\0\xe2\x86\xa1\0Dashv;\0\xe2\xab\xa4\0"
	"Dcaron;\0\xc4\x8e\0Dcy;\0\xd0\x94\0Del;\0\xe2\x88\x87\0Delta;\0\xce\x94\0"
	"Dfr;\0\xf0\x9d\x94\x87\0DiacriticalAcute;\0\xc2\xb4\0DiacriticalDot;\0\xcb\x99\0"
	"DiacriticalDoubleAcute;\0\xcb\x9d\0DiacriticalGrave;\0\x60\0DiacriticalTilde;\0\xcb\x9c\0"
	"Diamond;\0\xe2\x8b\x84\0DifferentialD;\0\xe2\x85\x86\0Dopf;\0\xf0\x9d\x94\xbb\0"
	"Dot;\0\xc2\xa8\0DotDot;\0\xe2\x83\x9c\0DotEqual;\0\xe2\x89\x90\0"
	"DoubleContourIntegral;\0\xe2\x88\xaf\0DoubleDot;\0\xc2\xa8\0"
	"DoubleDownArrow;\0\xe2\x87\x93\0DoubleLeftArrow;\0\xe2\x87\x90\0"
	"DoubleLeftRightArrow;\0\xe2\x87\x94\0DoubleLeftTee;\0\xe2\xab\xa4\0"
	"DoubleLongLeftArrow;\0\xe2\x9f\xb8\0DoubleLongLeftRightArrow;\0\xe2\x9f\xba\0"
	"DoubleLongRightArrow;\0\xe2\x9f\xb9\0DoubleRightArrow;\0\xe2\x87\x92\0"
	"DoubleRightTee;\0\xe2\x8a\xa8\0DoubleUpArrow;\0\xe2\x87\x91\0"
	"DoubleUpDownArrow;\0\xe2\x87\x95\0DoubleVerticalBar;\0\xe2\x88\xa5\0"
	"DownArrow;\0\xe2\x86\x93\0DownArrowBar;\0\xe2\xa4\x93\0DownArrowUpArrow;\0\xe2\x87\xb5\0"
	"DownBreve;\0\xcc\x91\0DownLeftRightVector;\0\xe2\xa5\x90\0"
	"DownLeftTeeVector;\0\xe2\xa5\x9e\0DownLeftVector;\0\xe2\x86\xbd\0"
	"DownLeftVectorBar;\0\xe2\xa5\x96\0DownRightTeeVector;\0\xe2\xa5\x9f\0"
	"DownRightVector;\0\xe2\x87\x81\0DownRightVectorBar;\0\xe2\xa5\x97\0DownTee;\0\xe2\x8a\xa4\0"
	"DownTeeArrow;\0\xe2\x86\xa7\0Downarrow;\0\xe2\x87\x93\0Dscr;\0\xf0\x9d\x92\x9f\0"
	"Dstrok;\0\xc4\x90\0ENG;\0\xc5\x8a\0ETH\0\xc3\x90\0Eacute\0\xc3\x89\0Ecaron;\0\xc4\x9a\0"
	"Ecirc\0\xc3\x8a\0Ecy;\0\xd0\xad\0Edot;\0\xc4\x96\0Efr;\0\xf0\x9d\x94\x88\0"
	"Egrave\0\xc3\x88\0Element;\0\xe2\x88\x88\0Emacr;\0\xc4\x92\0"
	"EmptySmallSquare;\0\xe2\x97\xbb\0EmptyVerySmallSquare;\0\xe2\x96\xab\0Eogon;\0\xc4\x98\0"
	"Eopf;\0\xf0\x9d\x94\xbc\0Epsilon;\0\xce\x95\0Equal;\0\xe2\xa9\xb5\0"
	"EqualTilde;\0\xe2\x89\x82\0Equilibrium;\0\xe2\x87\x8c\0Escr;\0\xe2\x84\xb0\0"
	"Esim;\0\xe2\xa9\xb3\0Eta;\0\xce\x97\0Euml\0\xc3\x8b\0Exists;\0\xe2\x88\x83\0"
	"ExponentialE;\0\xe2\x85\x87\0Fcy;\0\xd0\xa4\0Ffr;\0\xf0\x9d\x94\x89\0"
	"FilledSmallSquare;\0\xe2\x97\xbc\0FilledVerySmallSquare;\0\xe2\x96\xaa\0"
	"Fopf;\0\xf0\x9d\x94\xbd\0ForAll;\0\xe2\x88\x80\0Fouriertrf;\0\xe2\x84\xb1\0"
	"Fscr;\0\xe2\x84\xb1\0GJcy;\0\xd0\x83\0GT\0\x3e\0Gamma;\0\xce\x93\0Gammad;\0\xcf\x9c\0"
	"Gbreve;\0\xc4\x9e\0Gcedil;\0\xc4\xa2\0Gcirc;\0\xc4\x9c\0Gcy;\0\xd0\x93\0Gdot;\0\xc4\xa0\0"
	"Gfr;\0\xf0\x9d\x94\x8a\0Gg;\0\xe2\x8b\x99\0Gopf;\0\xf0\x9d\x94\xbe\0"
	"GreaterEqual;\0\xe2\x89\xa5\0GreaterEqualLess;\0\xe2\x8b\x9b\0"
	"GreaterFullEqual;\0\xe2\x89\xa7\0GreaterGreater;\0\xe2\xaa\xa2\0"
	"GreaterLess;\0\xe2\x89\xb7\0GreaterSlantEqual;\0\xe2\xa9\xbe\0GreaterTilde;\0\xe2\x89\xb3\0"
	"Gscr;\0\xf0\x9d\x92\xa2\0Gt;\0\xe2\x89\xab\0HARDcy;\0\xd0\xaa\0Hacek;\0\xcb\x87\0"
	"Hat;\0\x5e\0Hcirc;\0\xc4\xa4\0Hfr;\0\xe2\x84\x8c\0HilbertSpace;\0\xe2\x84\x8b\0"
	"Hopf;\0\xe2\x84\x8d\0HorizontalLine;\0\xe2\x94\x80\0Hscr;\0\xe2\x84\x8b\0"
	"Hstrok;\0\xc4\xa6\0HumpDownHump;\0\xe2\x89\x8e\0HumpEqual;\0\xe2\x89\x8f\0IEcy;\0\xd0\x95\0"
	"IJlig;\0\xc4\xb2\0IOcy;\0\xd0\x81\0Iacute\0\xc3\x8d\0Icirc\0\xc3\x8e\0Icy;\0\xd0\x98\0"
	"Idot;\0\xc4\xb0\0Ifr;\0\xe2\x84\x91\0Igrave\0\xc3\x8c\0Im;\0\xe2\x84\x91\0"
	"Imacr;\0\xc4\xaa\0ImaginaryI;\0\xe2\x85\x88\0Implies;\0\xe2\x87\x92\0Int;\0\xe2\x88\xac\0"
	"Integral;\0\xe2\x88\xab\0Intersection;\0\xe2\x8b\x82\0InvisibleComma;\0\xe2\x81\xa3\0"
	"InvisibleTimes;\0\xe2\x81\xa2\0Iogon;\0\xc4\xae\0Iopf;\0\xf0\x9d\x95\x80\0Iota;\0\xce\x99\0"
	"Iscr;\0\xe2\x84\x90\0Itilde;\0\xc4\xa8\0Iukcy;\0\xd0\x86\0Iuml\0\xc3\x8f\0"
	"Jcirc;\0\xc4\xb4\0Jcy;\0\xd0\x99\0Jfr;\0\xf0\x9d\x94\x8d\0Jopf;\0\xf0\x9d\x95\x81\0"
	"Jscr;\0\xf0\x9d\x92\xa5\0Jsercy;\0\xd0\x88\0Jukcy;\0\xd0\x84\0KHcy;\0\xd0\xa5\0"
	"KJcy;\0\xd0\x8c\0Kappa;\0\xce\x9a\0Kcedil;\0\xc4\xb6\0Kcy;\0\xd0\x9a\0"
	"Kfr;\0\xf0\x9d\x94\x8e\0Kopf;\0\xf0\x9d\x95\x82\0Kscr;\0\xf0\x9d\x92\xa6\0LJcy;\0\xd0\x89\0"
	"LT\0\x3c\0Lacute;\0\xc4\xb9\0Lambda;\0\xce\x9b\0Lang;\0\xe2\x9f\xaa\0"
	"Laplacetrf;\0\xe2\x84\x92\0Larr;\0\xe2\x86\x9e\0Lcaron;\0\xc4\xbd\0Lcedil;\0\xc4\xbb\0"
	"Lcy;\0\xd0\x9b\0LeftAngleBracket;\0\xe2\x9f\xa8\0LeftArrow;\0\xe2\x86\x90\0"
	"LeftArrowBar;\0\xe2\x87\xa4\0LeftArrowRightArrow;\0\xe2\x87\x86\0"
	"LeftCeiling;\0\xe2\x8c\x88\0LeftDoubleBracket;\0\xe2\x9f\xa6\0"
	"LeftDownTeeVector;\0\xe2\xa5\xa1\0LeftDownVector;\0\xe2\x87\x83\0"
	"LeftDownVectorBar;\0\xe2\xa5\x99\0LeftFloor;\0\xe2\x8c\x8a\0LeftRightArrow;\0\xe2\x86\x94\0"
	"LeftRightVector;\0\xe2\xa5\x8e\0LeftTee;\0\xe2\x8a\xa3\0LeftTeeArrow;\0\xe2\x86\xa4\0"
	"LeftTeeVector;\0\xe2\xa5\x9a\0LeftTriangle;\0\xe2\x8a\xb2\0LeftTriangleBar;\0\xe2\xa7\x8f\0"
	"LeftTriangleEqual;\0\xe2\x8a\xb4\0LeftUpDownVector;\0\xe2\xa5\x91\0"
	"LeftUpTeeVector;\0\xe2\xa5\xa0\0LeftUpVector;\0\xe2\x86\xbf\0"
	"LeftUpVectorBar;\0\xe2\xa5\x98\0LeftVector;\0\xe2\x86\xbc\0LeftVectorBar;\0\xe2\xa5\x92\0"
	"Leftarrow;\0\xe2\x87\x90\0Leftrightarrow;\0\xe2\x87\x94\0LessEqualGreater;\0\xe2\x8b\x9a\0"
	"LessFullEqual;\0\xe2\x89\xa6\0LessGreater;\0\xe2\x89\xb6\0LessLess;\0\xe2\xaa\xa1\0"
	"LessSlantEqual;\0\xe2\xa9\xbd\0LessTilde;\0\xe2\x89\xb2\0Lfr;\0\xf0\x9d\x94\x8f\0"
	"Ll;\0\xe2\x8b\x98\0Lleftarrow;\0\xe2\x87\x9a\0Lmidot;\0\xc4\xbf\0"
	"LongLeftArrow;\0\xe2\x9f\xb5\0LongLeftRightArrow;\0\xe2\x9f\xb7\0"
	"LongRightArrow;\0\xe2\x9f\xb6\0Longleftarrow;\0\xe2\x9f\xb8\0"
	"Longleftrightarrow;\0\xe2\x9f\xba\0Longrightarrow;\0\xe2\x9f\xb9\0Lopf;\0\xf0\x9d\x95\x83\0"
	"LowerLeftArrow;\0\xe2\x86\x99\0LowerRightArrow;\0\xe2\x86\x98\0Lscr;\0\xe2\x84\x92\0"
	"Lsh;\0\xe2\x86\xb0\0Lstrok;\0\xc5\x81\0Lt;\0\xe2\x89\xaa\0Map;\0\xe2\xa4\x85\0"
	"Mcy;\0\xd0\x9c\0MediumSpace;\0\xe2\x81\x9f\0Mellintrf;\0\xe2\x84\xb3\0"
	"Mfr;\0\xf0\x9d\x94\x90\0MinusPlus;\0\xe2\x88\x93\0Mopf;\0\xf0\x9d\x95\x84\0"
	"Mscr;\0\xe2\x84\xb3\0Mu;\0\xce\x9c\0NJcy;\0\xd0\x8a\0Nacute;\0\xc5\x83\0Ncaron;\0\xc5\x87\0"
	"Ncedil;\0\xc5\x85\0Ncy;\0\xd0\x9d\0NegativeMediumSpace;\0\xe2\x80\x8b\0"
	"NegativeThickSpace;\0\xe2\x80\x8b\0NegativeThinSpace;\0\xe2\x80\x8b\0"
	"NegativeVeryThinSpace;\0\xe2\x80\x8b\0NestedGreaterGreater;\0\xe2\x89\xab\0"
	"NestedLessLess;\0\xe2\x89\xaa\0NewLine;\0\x0a\0Nfr;\0\xf0\x9d\x94\x91\0"
	"NoBreak;\0\xe2\x81\xa0\0NonBreakingSpace;\0\xc2\xa0\0Nopf;\0\xe2\x84\x95\0"
	"Not;\0\xe2\xab\xac\0NotCongruent;\0\xe2\x89\xa2\0NotCupCap;\0\xe2\x89\xad\0"
	"NotDoubleVerticalBar;\0\xe2\x88\xa6\0NotElement;\0\xe2\x88\x89\0NotEqual;\0\xe2\x89\xa0\0"
	"NotEqualTilde;\0\xe2\x89\x82\xcc\xb8\0NotExists;\0\xe2\x88\x84\0NotGreater;\0\xe2\x89\xaf\0"
	"NotGreaterEqual;\0\xe2\x89\xb1\0NotGreaterFullEqual;\0\xe2\x89\xa7\xcc\xb8\0"
	"NotGreaterGreater;\0\xe2\x89\xab\xcc\xb8\0NotGreaterLess;\0\xe2\x89\xb9\0"
	"NotGreaterSlantEqual;\0\xe2\xa9\xbe\xcc\xb8\0NotGreaterTilde;\0\xe2\x89\xb5\0"
	"NotHumpDownHump;\0\xe2\x89\x8e\xcc\xb8\0NotHumpEqual;\0\xe2\x89\x8f\xcc\xb8\0"
	"NotLeftTriangle;\0\xe2\x8b\xaa\0NotLeftTriangleBar;\0\xe2\xa7\x8f\xcc\xb8\0"
	"NotLeftTriangleEqual;\0\xe2\x8b\xac\0NotLess;\0\xe2\x89\xae\0NotLessEqual;\0\xe2\x89\xb0\0"
	"NotLessGreater;\0\xe2\x89\xb8\0NotLessLess;\0\xe2\x89\xaa\xcc\xb8\0"
	"NotLessSlantEqual;\0\xe2\xa9\xbd\xcc\xb8\0NotLessTilde;\0\xe2\x89\xb4\0"
	"NotNestedGreaterGreater;\0\xe2\xaa\xa2\xcc\xb8\0NotNestedLessLess;\0\xe2\xaa\xa1\xcc\xb8\0"
	"NotPrecedes;\0\xe2\x8a\x80\0NotPrecedesEqual;\0\xe2\xaa\xaf\xcc\xb8\0"
	"NotPrecedesSlantEqual;\0\xe2\x8b\xa0\0NotReverseElement;\0\xe2\x88\x8c\0"
	"NotRightTriangle;\0\xe2\x8b\xab\0NotRightTriangleBar;\0\xe2\xa7\x90\xcc\xb8\0"
	"NotRightTriangleEqual;\0\xe2\x8b\xad\0NotSquareSubset;\0\xe2\x8a\x8f\xcc\xb8\0"
	"NotSquareSubsetEqual;\0\xe2\x8b\xa2\0NotSquareSuperset;\0\xe2\x8a\x90\xcc\xb8\0"
	"NotSquareSupersetEqual;\0\xe2\x8b\xa3\0NotSubset;\0\xe2\x8a\x82\xe2\x83\x92\0"
	"NotSubsetEqual;\0\xe2\x8a\x88\0NotSucceeds;\0\xe2\x8a\x81\0"
	"NotSucceedsEqual;\0\xe2\xaa\xb0\xcc\xb8\0NotSucceedsSlantEqual;\0\xe2\x8b\xa1\0"
	"NotSucceedsTilde;\0\xe2\x89\xbf\xcc\xb8\0NotSuperset;\0\xe2\x8a\x83\xe2\x83\x92\0"
	"NotSupersetEqual;\0\xe2\x8a\x89\0NotTilde;\0\xe2\x89\x81\0NotTildeEqual;\0\xe2\x89\x84\0"
	"NotTildeFullEqual;\0\xe2\x89\x87\0NotTildeTilde;\0\xe2\x89\x89\0"
	"NotVerticalBar;\0\xe2\x88\xa4\0Nscr;\0\xf0\x9d\x92\xa9\0Ntilde\0\xc3\x91\0Nu;\0\xce\x9d\0"
	"OElig;\0\xc5\x92\0Oacute\0\xc3\x93\0Ocirc\0\xc3\x94\0Ocy;\0\xd0\x9e\0Odblac;\0\xc5\x90\0"
	"Ofr;\0\xf0\x9d\x94\x92\0Ograve\0\xc3\x92\0Omacr;\0\xc5\x8c\0Omega;\0\xce\xa9\0"
	"Omicron;\0\xce\x9f\0Oopf;\0\xf0\x9d\x95\x86\0OpenCurlyDoubleQuote;\0\xe2\x80\x9c\0"
	"OpenCurlyQuote;\0\xe2\x80\x98\0Or;\0\xe2\xa9\x94\0Oscr;\0\xf0\x9d\x92\xaa\0"
	"Oslash\0\xc3\x98\0Otilde\0\xc3\x95\0Otimes;\0\xe2\xa8\xb7\0Ouml\0\xc3\x96\0"
	"OverBar;\0\xe2\x80\xbe\0OverBrace;\0\xe2\x8f\x9e\0OverBracket;\0\xe2\x8e\xb4\0"
	"OverParenthesis;\0\xe2\x8f\x9c\0PartialD;\0\xe2\x88\x82\0Pcy;\0\xd0\x9f\0"
	"Pfr;\0\xf0\x9d\x94\x93\0Phi;\0\xce\xa6\0Pi;\0\xce\xa0\0PlusMinus;\0\xc2\xb1\0"
	"Poincareplane;\0\xe2\x84\x8c\0Popf;\0\xe2\x84\x99\0Pr;\0\xe2\xaa\xbb\0"
	"Precedes;\0\xe2\x89\xba\0PrecedesEqual;\0\xe2\xaa\xaf\0PrecedesSlantEqual;\0\xe2\x89\xbc\0"
	"PrecedesTilde;\0\xe2\x89\xbe\0Prime;\0\xe2\x80\xb3\0Product;\0\xe2\x88\x8f\0"
	"Proportion;\0\xe2\x88\xb7\0Proportional;\0\xe2\x88\x9d\0Pscr;\0\xf0\x9d\x92\xab\0"
	"Psi;\0\xce\xa8\0QUOT\0\x22\0Qfr;\0\xf0\x9d\x94\x94\0Qopf;\0\xe2\x84\x9a\0"
	"Qscr;\0\xf0\x9d\x92\xac\0RBarr;\0\xe2\xa4\x90\0REG\0\xc2\xae\0Racute;\0\xc5\x94\0"
	"Rang;\0\xe2\x9f\xab\0Rarr;\0\xe2\x86\xa0\0Rarrtl;\0\xe2\xa4\x96\0Rcaron;\0\xc5\x98\0"
	"Rcedil;\0\xc5\x96\0Rcy;\0\xd0\xa0\0Re;\0\xe2\x84\x9c\0ReverseElement;\0\xe2\x88\x8b\0"
	"ReverseEquilibrium;\0\xe2\x87\x8b\0ReverseUpEquilibrium;\0\xe2\xa5\xaf\0"
	"Rfr;\0\xe2\x84\x9c\0Rho;\0\xce\xa1\0RightAngleBracket;\0\xe2\x9f\xa9\0"
	"RightArrow;\0\xe2\x86\x92\0RightArrowBar;\0\xe2\x87\xa5\0"
	"RightArrowLeftArrow;\0\xe2\x87\x84\0RightCeiling;\0\xe2\x8c\x89\0"
	"RightDoubleBracket;\0\xe2\x9f\xa7\0RightDownTeeVector;\0\xe2\xa5\x9d\0"
	"RightDownVector;\0\xe2\x87\x82\0RightDownVectorBar;\0\xe2\xa5\x95\0"
	"RightFloor;\0\xe2\x8c\x8b\0RightTee;\0\xe2\x8a\xa2\0RightTeeArrow;\0\xe2\x86\xa6\0"
	"RightTeeVector;\0\xe2\xa5\x9b\0RightTriangle;\0\xe2\x8a\xb3\0"
	"RightTriangleBar;\0\xe2\xa7\x90\0RightTriangleEqual;\0\xe2\x8a\xb5\0"
	"RightUpDownVector;\0\xe2\xa5\x8f\0RightUpTeeVector;\0\xe2\xa5\x9c\0"
	"RightUpVector;\0\xe2\x86\xbe\0RightUpVectorBar;\0\xe2\xa5\x94\0RightVector;\0\xe2\x87\x80\0"
	"RightVectorBar;\0\xe2\xa5\x93\0Rightarrow;\0\xe2\x87\x92\0Ropf;\0\xe2\x84\x9d\0"
	"RoundImplies;\0\xe2\xa5\xb0\0Rrightarrow;\0\xe2\x87\x9b\0Rscr;\0\xe2\x84\x9b\0"
	"Rsh;\0\xe2\x86\xb1\0RuleDelayed;\0\xe2\xa7\xb4\0SHCHcy;\0\xd0\xa9\0SHcy;\0\xd0\xa8\0"
	"SOFTcy;\0\xd0\xac\0Sacute;\0\xc5\x9a\0Sc;\0\xe2\xaa\xbc\0Scaron;\0\xc5\xa0\0"
	"Scedil;\0\xc5\x9e\0Scirc;\0\xc5\x9c\0Scy;\0\xd0\xa1\0Sfr;\0\xf0\x9d\x94\x96\0"
	"ShortDownArrow;\0\xe2\x86\x93\0ShortLeftArrow;\0\xe2\x86\x90\0"
	"ShortRightArrow;\0\xe2\x86\x92\0ShortUpArrow;\0\xe2\x86\x91\0Sigma;\0\xce\xa3\0"
	"SmallCircle;\0\xe2\x88\x98\0Sopf;\0\xf0\x9d\x95\x8a\0Sqrt;\0\xe2\x88\x9a\0"
	"Square;\0\xe2\x96\xa1\0SquareIntersection;\0\xe2\x8a\x93\0SquareSubset;\0\xe2\x8a\x8f\0"
	"SquareSubsetEqual;\0\xe2\x8a\x91\0SquareSuperset;\0\xe2\x8a\x90\0"
	"SquareSupersetEqual;\0\xe2\x8a\x92\0SquareUnion;\0\xe2\x8a\x94\0Sscr;\0\xf0\x9d\x92\xae\0"
	"Star;\0\xe2\x8b\x86\0Sub;\0\xe2\x8b\x90\0Subset;\0\xe2\x8b\x90\0"
	"SubsetEqual;\0\xe2\x8a\x86\0Succeeds;\0\xe2\x89\xbb\0SucceedsEqual;\0\xe2\xaa\xb0\0"
	"SucceedsSlantEqual;\0\xe2\x89\xbd\0SucceedsTilde;\0\xe2\x89\xbf\0SuchThat;\0\xe2\x88\x8b\0"
	"Sum;\0\xe2\x88\x91\0Sup;\0\xe2\x8b\x91\0Superset;\0\xe2\x8a\x83\0"
	"SupersetEqual;\0\xe2\x8a\x87\0Supset;\0\xe2\x8b\x91\0THORN\0\xc3\x9e\0"
	"TRADE;\0\xe2\x84\xa2\0TSHcy;\0\xd0\x8b\0TScy;\0\xd0\xa6\0Tab;\0\x09\0Tau;\0\xce\xa4\0"
	"Tcaron;\0\xc5\xa4\0Tcedil;\0\xc5\xa2\0Tcy;\0\xd0\xa2\0Tfr;\0\xf0\x9d\x94\x97\0"
	"Therefore;\0\xe2\x88\xb4\0Theta;\0\xce\x98\0ThickSpace;\0\xe2\x81\x9f\xe2\x80\x8a\0"
	"ThinSpace;\0\xe2\x80\x89\0Tilde;\0\xe2\x88\xbc\0TildeEqual;\0\xe2\x89\x83\0"
	"TildeFullEqual;\0\xe2\x89\x85\0TildeTilde;\0\xe2\x89\x88\0Topf;\0\xf0\x9d\x95\x8b\0"
	"TripleDot;\0\xe2\x83\x9b\0Tscr;\0\xf0\x9d\x92\xaf\0Tstrok;\0\xc5\xa6\0Uacute\0\xc3\x9a\0"
	"Uarr;\0\xe2\x86\x9f\0Uarrocir;\0\xe2\xa5\x89\0Ubrcy;\0\xd0\x8e\0Ubreve;\0\xc5\xac\0"
	"Ucirc\0\xc3\x9b\0Ucy;\0\xd0\xa3\0Udblac;\0\xc5\xb0\0Ufr;\0\xf0\x9d\x94\x98\0"
	"Ugrave\0\xc3\x99\0Umacr;\0\xc5\xaa\0UnderBar;\0\x5f\0UnderBrace;\0\xe2\x8f\x9f\0"
	"UnderBracket;\0\xe2\x8e\xb5\0UnderParenthesis;\0\xe2\x8f\x9d\0Union;\0\xe2\x8b\x83\0"
	"UnionPlus;\0\xe2\x8a\x8e\0Uogon;\0\xc5\xb2\0Uopf;\0\xf0\x9d\x95\x8c\0"
	"UpArrow;\0\xe2\x86\x91\0UpArrowBar;\0\xe2\xa4\x92\0UpArrowDownArrow;\0\xe2\x87\x85\0"
	"UpDownArrow;\0\xe2\x86\x95\0UpEquilibrium;\0\xe2\xa5\xae\0UpTee;\0\xe2\x8a\xa5\0"
	"UpTeeArrow;\0\xe2\x86\xa5\0Uparrow;\0\xe2\x87\x91\0Updownarrow;\0\xe2\x87\x95\0"
	"UpperLeftArrow;\0\xe2\x86\x96\0UpperRightArrow;\0\xe2\x86\x97\0Upsi;\0\xcf\x92\0"
	"Upsilon;\0\xce\xa5\0Uring;\0\xc5\xae\0Uscr;\0\xf0\x9d\x92\xb0\0Utilde;\0\xc5\xa8\0"
	"Uuml\0\xc3\x9c\0VDash;\0\xe2\x8a\xab\0Vbar;\0\xe2\xab\xab\0Vcy;\0\xd0\x92\0"
	"Vdash;\0\xe2\x8a\xa9\0Vdashl;\0\xe2\xab\xa6\0Vee;\0\xe2\x8b\x81\0Verbar;\0\xe2\x80\x96\0"
	"Vert;\0\xe2\x80\x96\0VerticalBar;\0\xe2\x88\xa3\0VerticalLine;\0\x7c\0"
	"VerticalSeparator;\0\xe2\x9d\x98\0VerticalTilde;\0\xe2\x89\x80\0"
	"VeryThinSpace;\0\xe2\x80\x8a\0Vfr;\0\xf0\x9d\x94\x99\0Vopf;\0\xf0\x9d\x95\x8d\0"
	"Vscr;\0\xf0\x9d\x92\xb1\0Vvdash;\0\xe2\x8a\xaa\0Wcirc;\0\xc5\xb4\0Wedge;\0\xe2\x8b\x80\0"
	"Wfr;\0\xf0\x9d\x94\x9a\0Wopf;\0\xf0\x9d\x95\x8e\0Wscr;\0\xf0\x9d\x92\xb2\0"
	"Xfr;\0\xf0\x9d\x94\x9b\0Xi;\0\xce\x9e\0Xopf;\0\xf0\x9d\x95\x8f\0Xscr;\0\xf0\x9d\x92\xb3\0"
	"YAcy;\0\xd0\xaf\0YIcy;\0\xd0\x87\0YUcy;\0\xd0\xae\0Yacute\0\xc3\x9d\0Ycirc;\0\xc5\xb6\0"
	"Ycy;\0\xd0\xab\0Yfr;\0\xf0\x9d\x94\x9c\0Yopf;\0\xf0\x9d\x95\x90\0Yscr;\0\xf0\x9d\x92\xb4\0"
	"Yuml;\0\xc5\xb8\0ZHcy;\0\xd0\x96\0Zacute;\0\xc5\xb9\0Zcaron;\0\xc5\xbd\0Zcy;\0\xd0\x97\0"
	"Zdot;\0\xc5\xbb\0ZeroWidthSpace;\0\xe2\x80\x8b\0Zeta;\0\xce\x96\0Zfr;\0\xe2\x84\xa8\0"
	"Zopf;\0\xe2\x84\xa4\0Zscr;\0\xf0\x9d\x92\xb5\0aacute\0\xc3\xa1\0abreve;\0\xc4\x83\0"
	"ac;\0\xe2\x88\xbe\0acE;\0\xe2\x88\xbe\xcc\xb3\0acd;\0\xe2\x88\xbf\0acirc\0\xc3\xa2\0"
	"acute\0\xc2\xb4\0acy;\0\xd0\xb0\0aelig\0\xc3\xa6\0af;\0\xe2\x81\xa1\0"
	"afr;\0\xf0\x9d\x94\x9e\0agrave\0\xc3\xa0\0alefsym;\0\xe2\x84\xb5\0aleph;\0\xe2\x84\xb5\0"
	"alpha;\0\xce\xb1\0amacr;\0\xc4\x81\0amalg;\0\xe2\xa8\xbf\0amp\0\x26\0and;\0\xe2\x88\xa7\0"
	"andand;\0\xe2\xa9\x95\0andd;\0\xe2\xa9\x9c\0andslope;\0\xe2\xa9\x98\0andv;\0\xe2\xa9\x9a\0"
	"ang;\0\xe2\x88\xa0\0ange;\0\xe2\xa6\xa4\0angle;\0\xe2\x88\xa0\0angmsd;\0\xe2\x88\xa1\0"
	"angmsdaa;\0\xe2\xa6\xa8\0angmsdab;\0\xe2\xa6\xa9\0angmsdac;\0\xe2\xa6\xaa\0"
	"angmsdad;\0\xe2\xa6\xab\0angmsdae;\0\xe2\xa6\xac\0angmsdaf;\0\xe2\xa6\xad\0"
	"angmsdag;\0\xe2\xa6\xae\0angmsdah;\0\xe2\xa6\xaf\0angrt;\0\xe2\x88\x9f\0"
	"angrtvb;\0\xe2\x8a\xbe\0angrtvbd;\0\xe2\xa6\x9d\0angsph;\0\xe2\x88\xa2\0angst;\0\xc3\x85\0"
	"angzarr;\0\xe2\x8d\xbc\0aogon;\0\xc4\x85\0aopf;\0\xf0\x9d\x95\x92\0ap;\0\xe2\x89\x88\0"
	"apE;\0\xe2\xa9\xb0\0apacir;\0\xe2\xa9\xaf\0ape;\0\xe2\x89\x8a\0apid;\0\xe2\x89\x8b\0"
	"apos;\0\x27\0approx;\0\xe2\x89\x88\0approxeq;\0\xe2\x89\x8a\0aring\0\xc3\xa5\0"
	"ascr;\0\xf0\x9d\x92\xb6\0ast;\0\x2a\0asymp;\0\xe2\x89\x88\0asympeq;\0\xe2\x89\x8d\0"
	"atilde\0\xc3\xa3\0auml\0\xc3\xa4\0awconint;\0\xe2\x88\xb3\0awint;\0\xe2\xa8\x91\0"
	"bNot;\0\xe2\xab\xad\0backcong;\0\xe2\x89\x8c\0backepsilon;\0\xcf\xb6\0"
	"backprime;\0\xe2\x80\xb5\0backsim;\0\xe2\x88\xbd\0backsimeq;\0\xe2\x8b\x8d\0"
	"barvee;\0\xe2\x8a\xbd\0barwed;\0\xe2\x8c\x85\0barwedge;\0\xe2\x8c\x85\0"
	"bbrk;\0\xe2\x8e\xb5\0bbrktbrk;\0\xe2\x8e\xb6\0bcong;\0\xe2\x89\x8c\0bcy;\0\xd0\xb1\0"
	"bdquo;\0\xe2\x80\x9e\0becaus;\0\xe2\x88\xb5\0because;\0\xe2\x88\xb5\0"
	"bemptyv;\0\xe2\xa6\xb0\0bepsi;\0\xcf\xb6\0bernou;\0\xe2\x84\xac\0beta;\0\xce\xb2\0"
	"beth;\0\xe2\x84\xb6\0between;\0\xe2\x89\xac\0bfr;\0\xf0\x9d\x94\x9f\0"
	"bigcap;\0\xe2\x8b\x82\0bigcirc;\0\xe2\x97\xaf\0bigcup;\0\xe2\x8b\x83\0"
	"bigodot;\0\xe2\xa8\x80\0bigoplus;\0\xe2\xa8\x81\0bigotimes;\0\xe2\xa8\x82\0"
	"bigsqcup;\0\xe2\xa8\x86\0bigstar;\0\xe2\x98\x85\0bigtriangledown;\0\xe2\x96\xbd\0"
	"bigtriangleup;\0\xe2\x96\xb3\0biguplus;\0\xe2\xa8\x84\0bigvee;\0\xe2\x8b\x81\0"
	"bigwedge;\0\xe2\x8b\x80\0bkarow;\0\xe2\xa4\x8d\0blacklozenge;\0\xe2\xa7\xab\0"
	"blacksquare;\0\xe2\x96\xaa\0blacktriangle;\0\xe2\x96\xb4\0"
	"blacktriangledown;\0\xe2\x96\xbe\0blacktriangleleft;\0\xe2\x97\x82\0"
	"blacktriangleright;\0\xe2\x96\xb8\0blank;\0\xe2\x90\xa3\0blk12;\0\xe2\x96\x92\0"
	"blk14;\0\xe2\x96\x91\0blk34;\0\xe2\x96\x93\0block;\0\xe2\x96\x88\0bne;\0\x3d\xe2\x83\xa5\0"
	"bnequiv;\0\xe2\x89\xa1\xe2\x83\xa5\0bnot;\0\xe2\x8c\x90\0bopf;\0\xf0\x9d\x95\x93\0"
	"bot;\0\xe2\x8a\xa5\0bottom;\0\xe2\x8a\xa5\0bowtie;\0\xe2\x8b\x88\0boxDL;\0\xe2\x95\x97\0"
	"boxDR;\0\xe2\x95\x94\0boxDl;\0\xe2\x95\x96\0boxDr;\0\xe2\x95\x93\0boxH;\0\xe2\x95\x90\0"
	"boxHD;\0\xe2\x95\xa6\0boxHU;\0\xe2\x95\xa9\0boxHd;\0\xe2\x95\xa4\0boxHu;\0\xe2\x95\xa7\0"
	"boxUL;\0\xe2\x95\x9d\0boxUR;\0\xe2\x95\x9a\0boxUl;\0\xe2\x95\x9c\0boxUr;\0\xe2\x95\x99\0"
	"boxV;\0\xe2\x95\x91\0boxVH;\0\xe2\x95\xac\0boxVL;\0\xe2\x95\xa3\0boxVR;\0\xe2\x95\xa0\0"
	"boxVh;\0\xe2\x95\xab\0boxVl;\0\xe2\x95\xa2\0boxVr;\0\xe2\x95\x9f\0boxbox;\0\xe2\xa7\x89\0"
	"boxdL;\0\xe2\x95\x95\0boxdR;\0\xe2\x95\x92\0boxdl;\0\xe2\x94\x90\0boxdr;\0\xe2\x94\x8c\0"
	"boxh;\0\xe2\x94\x80\0boxhD;\0\xe2\x95\xa5\0boxhU;\0\xe2\x95\xa8\0boxhd;\0\xe2\x94\xac\0"
	"boxhu;\0\xe2\x94\xb4\0boxminus;\0\xe2\x8a\x9f\0boxplus;\0\xe2\x8a\x9e\0"
	"boxtimes;\0\xe2\x8a\xa0\0boxuL;\0\xe2\x95\x9b\0boxuR;\0\xe2\x95\x98\0boxul;\0\xe2\x94\x98\0"
	"boxur;\0\xe2\x94\x94\0boxv;\0\xe2\x94\x82\0boxvH;\0\xe2\x95\xaa\0boxvL;\0\xe2\x95\xa1\0"
	"boxvR;\0\xe2\x95\x9e\0boxvh;\0\xe2\x94\xbc\0boxvl;\0\xe2\x94\xa4\0boxvr;\0\xe2\x94\x9c\0"
	"bprime;\0\xe2\x80\xb5\0breve;\0\xcb\x98\0brvbar\0\xc2\xa6\0bscr;\0\xf0\x9d\x92\xb7\0"
	"bsemi;\0\xe2\x81\x8f\0bsim;\0\xe2\x88\xbd\0bsime;\0\xe2\x8b\x8d\0bsol;\0\x5c\0"
	"bsolb;\0\xe2\xa7\x85\0bsolhsub;\0\xe2\x9f\x88\0bull;\0\xe2\x80\xa2\0bullet;\0\xe2\x80\xa2\0"
	"bump;\0\xe2\x89\x8e\0bumpE;\0\xe2\xaa\xae\0bumpe;\0\xe2\x89\x8f\0bumpeq;\0\xe2\x89\x8f\0"
	"cacute;\0\xc4\x87\0cap;\0\xe2\x88\xa9\0capand;\0\xe2\xa9\x84\0capbrcup;\0\xe2\xa9\x89\0"
	"capcap;\0\xe2\xa9\x8b\0capcup;\0\xe2\xa9\x87\0capdot;\0\xe2\xa9\x80\0"
	"caps;\0\xe2\x88\xa9\xef\xb8\x80\0caret;\0\xe2\x81\x81\0caron;\0\xcb\x87\0"
	"ccaps;\0\xe2\xa9\x8d\0ccaron;\0\xc4\x8d\0ccedil\0\xc3\xa7\0ccirc;\0\xc4\x89\0"
	"ccups;\0\xe2\xa9\x8c\0ccupssm;\0\xe2\xa9\x90\0cdot;\0\xc4\x8b\0cedil\0\xc2\xb8\0"
	"cemptyv;\0\xe2\xa6\xb2\0cent\0\xc2\xa2\0centerdot;\0\xc2\xb7\0cfr;\0\xf0\x9d\x94\xa0\0"
	"chcy;\0\xd1\x87\0check;\0\xe2\x9c\x93\0checkmark;\0\xe2\x9c\x93\0chi;\0\xcf\x87\0"
	"cir;\0\xe2\x97\x8b\0cirE;\0\xe2\xa7\x83\0circ;\0\xcb\x86\0circeq;\0\xe2\x89\x97\0"
	"circlearrowleft;\0\xe2\x86\xba\0circlearrowright;\0\xe2\x86\xbb\0circledR;\0\xc2\xae\0"
	"circledS;\0\xe2\x93\x88\0circledast;\0\xe2\x8a\x9b\0circledcirc;\0\xe2\x8a\x9a\0"
	"circleddash;\0\xe2\x8a\x9d\0cire;\0\xe2\x89\x97\0cirfnint;\0\xe2\xa8\x90\0"
	"cirmid;\0\xe2\xab\xaf\0cirscir;\0\xe2\xa7\x82\0clubs;\0\xe2\x99\xa3\0"
	"clubsuit;\0\xe2\x99\xa3\0colon;\0\x3a\0colone;\0\xe2\x89\x94\0coloneq;\0\xe2\x89\x94\0"
	"comma;\0\x2c\0commat;\0\x40\0comp;\0\xe2\x88\x81\0compfn;\0\xe2\x88\x98\0"
	"complement;\0\xe2\x88\x81\0complexes;\0\xe2\x84\x82\0cong;\0\xe2\x89\x85\0"
	"congdot;\0\xe2\xa9\xad\0conint;\0\xe2\x88\xae\0copf;\0\xf0\x9d\x95\x94\0"
	"coprod;\0\xe2\x88\x90\0copy\0\xc2\xa9\0copysr;\0\xe2\x84\x97\0crarr;\0\xe2\x86\xb5\0"
	"cross;\0\xe2\x9c\x97\0cscr;\0\xf0\x9d\x92\xb8\0csub;\0\xe2\xab\x8f\0csube;\0\xe2\xab\x91\0"
	"csup;\0\xe2\xab\x90\0csupe;\0\xe2\xab\x92\0ctdot;\0\xe2\x8b\xaf\0cudarrl;\0\xe2\xa4\xb8\0"
	"cudarrr;\0\xe2\xa4\xb5\0cuepr;\0\xe2\x8b\x9e\0cuesc;\0\xe2\x8b\x9f\0cularr;\0\xe2\x86\xb6\0"
	"cularrp;\0\xe2\xa4\xbd\0cup;\0\xe2\x88\xaa\0cupbrcap;\0\xe2\xa9\x88\0"
	"cupcap;\0\xe2\xa9\x86\0cupcup;\0\xe2\xa9\x8a\0cupdot;\0\xe2\x8a\x8d\0cupor;\0\xe2\xa9\x85\0"
	"cups;\0\xe2\x88\xaa\xef\xb8\x80\0curarr;\0\xe2\x86\xb7\0curarrm;\0\xe2\xa4\xbc\0"
	"curlyeqprec;\0\xe2\x8b\x9e\0curlyeqsucc;\0\xe2\x8b\x9f\0curlyvee;\0\xe2\x8b\x8e\0"
	"curlywedge;\0\xe2\x8b\x8f\0curren\0\xc2\xa4\0curvearrowleft;\0\xe2\x86\xb6\0"
	"curvearrowright;\0\xe2\x86\xb7\0cuvee;\0\xe2\x8b\x8e\0cuwed;\0\xe2\x8b\x8f\0"
	"cwconint;\0\xe2\x88\xb2\0cwint;\0\xe2\x88\xb1\0cylcty;\0\xe2\x8c\xad\0dArr;\0\xe2\x87\x93\0"
	"dHar;\0\xe2\xa5\xa5\0dagger;\0\xe2\x80\xa0\0daleth;\0\xe2\x84\xb8\0darr;\0\xe2\x86\x93\0"
	"dash;\0\xe2\x80\x90\0dashv;\0\xe2\x8a\xa3\0dbkarow;\0\xe2\xa4\x8f\0dblac;\0\xcb\x9d\0"
	"dcaron;\0\xc4\x8f\0dcy;\0\xd0\xb4\0dd;\0\xe2\x85\x86\0ddagger;\0\xe2\x80\xa1\0"
	"ddarr;\0\xe2\x87\x8a\0ddotseq;\0\xe2\xa9\xb7\0deg\0\xc2\xb0\0delta;\0\xce\xb4\0"
	"demptyv;\0\xe2\xa6\xb1\0dfisht;\0\xe2\xa5\xbf\0dfr;\0\xf0\x9d\x94\xa1\0"
	"dharl;\0\xe2\x87\x83\0dharr;\0\xe2\x87\x82\0diam;\0\xe2\x8b\x84\0diamond;\0\xe2\x8b\x84\0"
	"diamondsuit;\0\xe2\x99\xa6\0diams;\0\xe2\x99\xa6\0die;\0\xc2\xa8\0digamma;\0\xcf\x9d\0"
	"disin;\0\xe2\x8b\xb2\0div;\0\xc3\xb7\0divide\0\xc3\xb7\0divideontimes;\0\xe2\x8b\x87\0"
	"divonx;\0\xe2\x8b\x87\0djcy;\0\xd1\x92\0dlcorn;\0\xe2\x8c\x9e\0dlcrop;\0\xe2\x8c\x8d\0"
	"dollar;\0\x24\0dopf;\0\xf0\x9d\x95\x95\0dot;\0\xcb\x99\0doteq;\0\xe2\x89\x90\0"
	"doteqdot;\0\xe2\x89\x91\0dotminus;\0\xe2\x88\xb8\0dotplus;\0\xe2\x88\x94\0"
	"dotsquare;\0\xe2\x8a\xa1\0doublebarwedge;\0\xe2\x8c\x86\0downarrow;\0\xe2\x86\x93\0"
	"downdownarrows;\0\xe2\x87\x8a\0downharpoonleft;\0\xe2\x87\x83\0"
	"downharpoonright;\0\xe2\x87\x82\0drbkarow;\0\xe2\xa4\x90\0drcorn;\0\xe2\x8c\x9f\0"
	"drcrop;\0\xe2\x8c\x8c\0dscr;\0\xf0\x9d\x92\xb9\0dscy;\0\xd1\x95\0dsol;\0\xe2\xa7\xb6\0"
	"dstrok;\0\xc4\x91\0dtdot;\0\xe2\x8b\xb1\0dtri;\0\xe2\x96\xbf\0dtrif;\0\xe2\x96\xbe\0"
	"duarr;\0\xe2\x87\xb5\0duhar;\0\xe2\xa5\xaf\0dwangle;\0\xe2\xa6\xa6\0dzcy;\0\xd1\x9f\0"
	"dzigrarr;\0\xe2\x9f\xbf\0eDDot;\0\xe2\xa9\xb7\0eDot;\0\xe2\x89\x91\0eacute\0\xc3\xa9\0"
	"easter;\0\xe2\xa9\xae\0ecaron;\0\xc4\x9b\0ecir;\0\xe2\x89\x96\0ecirc\0\xc3\xaa\0"
	"ecolon;\0\xe2\x89\x95\0ecy;\0\xd1\x8d\0edot;\0\xc4\x97\0ee;\0\xe2\x85\x87\0"
	"efDot;\0\xe2\x89\x92\0efr;\0\xf0\x9d\x94\xa2\0eg;\0\xe2\xaa\x9a\0egrave\0\xc3\xa8\0"
	"egs;\0\xe2\xaa\x96\0egsdot;\0\xe2\xaa\x98\0el;\0\xe2\xaa\x99\0elinters;\0\xe2\x8f\xa7\0"
	"ell;\0\xe2\x84\x93\0els;\0\xe2\xaa\x95\0elsdot;\0\xe2\xaa\x97\0emacr;\0\xc4\x93\0"
	"empty;\0\xe2\x88\x85\0emptyset;\0\xe2\x88\x85\0emptyv;\0\xe2\x88\x85\0emsp;\0\xe2\x80\x83\0"
	"emsp13;\0\xe2\x80\x84\0emsp14;\0\xe2\x80\x85\0eng;\0\xc5\x8b\0ensp;\0\xe2\x80\x82\0"
	"eogon;\0\xc4\x99\0eopf;\0\xf0\x9d\x95\x96\0epar;\0\xe2\x8b\x95\0eparsl;\0\xe2\xa7\xa3\0"
	"eplus;\0\xe2\xa9\xb1\0epsi;\0\xce\xb5\0epsilon;\0\xce\xb5\0epsiv;\0\xcf\xb5\0"
	"eqcirc;\0\xe2\x89\x96\0eqcolon;\0\xe2\x89\x95\0eqsim;\0\xe2\x89\x82\0"
	"eqslantgtr;\0\xe2\xaa\x96\0eqslantless;\0\xe2\xaa\x95\0equals;\0\x3d\0"
	"equest;\0\xe2\x89\x9f\0equiv;\0\xe2\x89\xa1\0equivDD;\0\xe2\xa9\xb8\0"
	"eqvparsl;\0\xe2\xa7\xa5\0erDot;\0\xe2\x89\x93\0erarr;\0\xe2\xa5\xb1\0escr;\0\xe2\x84\xaf\0"
	"esdot;\0\xe2\x89\x90\0esim;\0\xe2\x89\x82\0eta;\0\xce\xb7\0eth\0\xc3\xb0\0euml\0\xc3\xab\0"
	"euro;\0\xe2\x82\xac\0excl;\0\x21\0exist;\0\xe2\x88\x83\0expectation;\0\xe2\x84\xb0\0"
	"exponentiale;\0\xe2\x85\x87\0fallingdotseq;\0\xe2\x89\x92\0fcy;\0\xd1\x84\0"
	"female;\0\xe2\x99\x80\0ffilig;\0\xef\xac\x83\0fflig;\0\xef\xac\x80\0ffllig;\0\xef\xac\x84\0"
	"ffr;\0\xf0\x9d\x94\xa3\0filig;\0\xef\xac\x81\0fjlig;\0\x66\x6a\0flat;\0\xe2\x99\xad\0"
	"fllig;\0\xef\xac\x82\0fltns;\0\xe2\x96\xb1\0fnof;\0\xc6\x92\0fopf;\0\xf0\x9d\x95\x97\0"
	"forall;\0\xe2\x88\x80\0fork;\0\xe2\x8b\x94\0forkv;\0\xe2\xab\x99\0fpartint;\0\xe2\xa8\x8d\0"
	"frac12\0\xc2\xbd\0frac13;\0\xe2\x85\x93\0frac14\0\xc2\xbc\0frac15;\0\xe2\x85\x95\0"
	"frac16;\0\xe2\x85\x99\0frac18;\0\xe2\x85\x9b\0frac23;\0\xe2\x85\x94\0"
	"frac25;\0\xe2\x85\x96\0frac34\0\xc2\xbe\0frac35;\0\xe2\x85\x97\0frac38;\0\xe2\x85\x9c\0"
	"frac45;\0\xe2\x85\x98\0frac56;\0\xe2\x85\x9a\0frac58;\0\xe2\x85\x9d\0"
	"frac78;\0\xe2\x85\x9e\0frasl;\0\xe2\x81\x84\0frown;\0\xe2\x8c\xa2\0"
	"fscr;\0\xf0\x9d\x92\xbb\0gE;\0\xe2\x89\xa7\0gEl;\0\xe2\xaa\x8c\0gacute;\0\xc7\xb5\0"
	"gamma;\0\xce\xb3\0gammad;\0\xcf\x9d\0gap;\0\xe2\xaa\x86\0gbreve;\0\xc4\x9f\0"
	"gcirc;\0\xc4\x9d\0gcy;\0\xd0\xb3\0gdot;\0\xc4\xa1\0ge;\0\xe2\x89\xa5\0gel;\0\xe2\x8b\x9b\0"
	"geq;\0\xe2\x89\xa5\0geqq;\0\xe2\x89\xa7\0geqslant;\0\xe2\xa9\xbe\0ges;\0\xe2\xa9\xbe\0"
	"gescc;\0\xe2\xaa\xa9\0gesdot;\0\xe2\xaa\x80\0gesdoto;\0\xe2\xaa\x82\0"
	"gesdotol;\0\xe2\xaa\x84\0gesl;\0\xe2\x8b\x9b\xef\xb8\x80\0gesles;\0\xe2\xaa\x94\0"
	"gfr;\0\xf0\x9d\x94\xa4\0gg;\0\xe2\x89\xab\0ggg;\0\xe2\x8b\x99\0gimel;\0\xe2\x84\xb7\0"
	"gjcy;\0\xd1\x93\0gl;\0\xe2\x89\xb7\0glE;\0\xe2\xaa\x92\0gla;\0\xe2\xaa\xa5\0"
	"glj;\0\xe2\xaa\xa4\0gnE;\0\xe2\x89\xa9\0gnap;\0\xe2\xaa\x8a\0gnapprox;\0\xe2\xaa\x8a\0"
	"gne;\0\xe2\xaa\x88\0gneq;\0\xe2\xaa\x88\0gneqq;\0\xe2\x89\xa9\0gnsim;\0\xe2\x8b\xa7\0"
	"gopf;\0\xf0\x9d\x95\x98\0grave;\0\x60\0gscr;\0\xe2\x84\x8a\0gsim;\0\xe2\x89\xb3\0"
	"gsime;\0\xe2\xaa\x8e\0gsiml;\0\xe2\xaa\x90\0gt\0\x3e\0gtcc;\0\xe2\xaa\xa7\0"
	"gtcir;\0\xe2\xa9\xba\0gtdot;\0\xe2\x8b\x97\0gtlPar;\0\xe2\xa6\x95\0gtquest;\0\xe2\xa9\xbc\0"
	"gtrapprox;\0\xe2\xaa\x86\0gtrarr;\0\xe2\xa5\xb8\0gtrdot;\0\xe2\x8b\x97\0"
	"gtreqless;\0\xe2\x8b\x9b\0gtreqqless;\0\xe2\xaa\x8c\0gtrless;\0\xe2\x89\xb7\0"
	"gtrsim;\0\xe2\x89\xb3\0gvertneqq;\0\xe2\x89\xa9\xef\xb8\x80\0"
	"gvnE;\0\xe2\x89\xa9\xef\xb8\x80\0hArr;\0\xe2\x87\x94\0hairsp;\0\xe2\x80\x8a\0"
	"half;\0\xc2\xbd\0hamilt;\0\xe2\x84\x8b\0hardcy;\0\xd1\x8a\0harr;\0\xe2\x86\x94\0"
	"harrcir;\0\xe2\xa5\x88\0harrw;\0\xe2\x86\xad\0hbar;\0\xe2\x84\x8f\0hcirc;\0\xc4\xa5\0"
	"hearts;\0\xe2\x99\xa5\0heartsuit;\0\xe2\x99\xa5\0hellip;\0\xe2\x80\xa6\0"
	"hercon;\0\xe2\x8a\xb9\0hfr;\0\xf0\x9d\x94\xa5\0hksearow;\0\xe2\xa4\xa5\0"
	"hkswarow;\0\xe2\xa4\xa6\0hoarr;\0\xe2\x87\xbf\0homtht;\0\xe2\x88\xbb\0"
	"hookleftarrow;\0\xe2\x86\xa9\0hookrightarrow;\0\xe2\x86\xaa\0hopf;\0\xf0\x9d\x95\x99\0"
	"horbar;\0\xe2\x80\x95\0hscr;\0\xf0\x9d\x92\xbd\0hslash;\0\xe2\x84\x8f\0hstrok;\0\xc4\xa7\0"
	"hybull;\0\xe2\x81\x83\0hyphen;\0\xe2\x80\x90\0iacute\0\xc3\xad\0ic;\0\xe2\x81\xa3\0"
	"icirc\0\xc3\xae\0icy;\0\xd0\xb8\0iecy;\0\xd0\xb5\0iexcl\0\xc2\xa1\0iff;\0\xe2\x87\x94\0"
	"ifr;\0\xf0\x9d\x94\xa6\0igrave\0\xc3\xac\0ii;\0\xe2\x85\x88\0iiiint;\0\xe2\xa8\x8c\0"
	"iiint;\0\xe2\x88\xad\0iinfin;\0\xe2\xa7\x9c\0iiota;\0\xe2\x84\xa9\0ijlig;\0\xc4\xb3\0"
	"imacr;\0\xc4\xab\0image;\0\xe2\x84\x91\0imagline;\0\xe2\x84\x90\0imagpart;\0\xe2\x84\x91\0"
	"imath;\0\xc4\xb1\0imof;\0\xe2\x8a\xb7\0imped;\0\xc6\xb5\0in;\0\xe2\x88\x88\0"
	"incare;\0\xe2\x84\x85\0infin;\0\xe2\x88\x9e\0infintie;\0\xe2\xa7\x9d\0inodot;\0\xc4\xb1\0"
	"int;\0\xe2\x88\xab\0intcal;\0\xe2\x8a\xba\0integers;\0\xe2\x84\xa4\0"
	"intercal;\0\xe2\x8a\xba\0intlarhk;\0\xe2\xa8\x97\0intprod;\0\xe2\xa8\xbc\0iocy;\0\xd1\x91\0"
	"iogon;\0\xc4\xaf\0iopf;\0\xf0\x9d\x95\x9a\0iota;\0\xce\xb9\0iprod;\0\xe2\xa8\xbc\0"
	"iquest\0\xc2\xbf\0iscr;\0\xf0\x9d\x92\xbe\0isin;\0\xe2\x88\x88\0isinE;\0\xe2\x8b\xb9\0"
	"isindot;\0\xe2\x8b\xb5\0isins;\0\xe2\x8b\xb4\0isinsv;\0\xe2\x8b\xb3\0isinv;\0\xe2\x88\x88\0"
	"it;\0\xe2\x81\xa2\0itilde;\0\xc4\xa9\0iukcy;\0\xd1\x96\0iuml\0\xc3\xaf\0jcirc;\0\xc4\xb5\0"
	"jcy;\0\xd0\xb9\0jfr;\0\xf0\x9d\x94\xa7\0jmath;\0\xc8\xb7\0jopf;\0\xf0\x9d\x95\x9b\0"
	"jscr;\0\xf0\x9d\x92\xbf\0jsercy;\0\xd1\x98\0jukcy;\0\xd1\x94\0kappa;\0\xce\xba\0"
	"kappav;\0\xcf\xb0\0kcedil;\0\xc4\xb7\0kcy;\0\xd0\xba\0kfr;\0\xf0\x9d\x94\xa8\0"
	"kgreen;\0\xc4\xb8\0khcy;\0\xd1\x85\0kjcy;\0\xd1\x9c\0kopf;\0\xf0\x9d\x95\x9c\0"
	"kscr;\0\xf0\x9d\x93\x80\0lAarr;\0\xe2\x87\x9a\0lArr;\0\xe2\x87\x90\0lAtail;\0\xe2\xa4\x9b\0"
	"lBarr;\0\xe2\xa4\x8e\0lE;\0\xe2\x89\xa6\0lEg;\0\xe2\xaa\x8b\0lHar;\0\xe2\xa5\xa2\0"
	"lacute;\0\xc4\xba\0laemptyv;\0\xe2\xa6\xb4\0lagran;\0\xe2\x84\x92\0lambda;\0\xce\xbb\0"
	"lang;\0\xe2\x9f\xa8\0langd;\0\xe2\xa6\x91\0langle;\0\xe2\x9f\xa8\0lap;\0\xe2\xaa\x85\0"
	"laquo\0\xc2\xab\0larr;\0\xe2\x86\x90\0larrb;\0\xe2\x87\xa4\0larrbfs;\0\xe2\xa4\x9f\0"
	"larrfs;\0\xe2\xa4\x9d\0larrhk;\0\xe2\x86\xa9\0larrlp;\0\xe2\x86\xab\0"
	"larrpl;\0\xe2\xa4\xb9\0larrsim;\0\xe2\xa5\xb3\0larrtl;\0\xe2\x86\xa2\0lat;\0\xe2\xaa\xab\0"
	"latail;\0\xe2\xa4\x99\0late;\0\xe2\xaa\xad\0lates;\0\xe2\xaa\xad\xef\xb8\x80\0"
	"lbarr;\0\xe2\xa4\x8c\0lbbrk;\0\xe2\x9d\xb2\0lbrace;\0\x7b\0lbrack;\0\x5b\0"
	"lbrke;\0\xe2\xa6\x8b\0lbrksld;\0\xe2\xa6\x8f\0lbrkslu;\0\xe2\xa6\x8d\0lcaron;\0\xc4\xbe\0"
	"lcedil;\0\xc4\xbc\0lceil;\0\xe2\x8c\x88\0lcub;\0\x7b\0lcy;\0\xd0\xbb\0ldca;\0\xe2\xa4\xb6\0"
	"ldquo;\0\xe2\x80\x9c\0ldquor;\0\xe2\x80\x9e\0ldrdhar;\0\xe2\xa5\xa7\0"
	"ldrushar;\0\xe2\xa5\x8b\0ldsh;\0\xe2\x86\xb2\0le;\0\xe2\x89\xa4\0leftarrow;\0\xe2\x86\x90\0"
	"leftarrowtail;\0\xe2\x86\xa2\0leftharpoondown;\0\xe2\x86\xbd\0"
	"leftharpoonup;\0\xe2\x86\xbc\0leftleftarrows;\0\xe2\x87\x87\0"
	"leftrightarrow;\0\xe2\x86\x94\0leftrightarrows;\0\xe2\x87\x86\0"
	"leftrightharpoons;\0\xe2\x87\x8b\0leftrightsquigarrow;\0\xe2\x86\xad\0"
	"leftthreetimes;\0\xe2\x8b\x8b\0leg;\0\xe2\x8b\x9a\0leq;\0\xe2\x89\xa4\0"
	"leqq;\0\xe2\x89\xa6\0leqslant;\0\xe2\xa9\xbd\0les;\0\xe2\xa9\xbd\0lescc;\0\xe2\xaa\xa8\0"
	"lesdot;\0\xe2\xa9\xbf\0lesdoto;\0\xe2\xaa\x81\0lesdotor;\0\xe2\xaa\x83\0"
	"lesg;\0\xe2\x8b\x9a\xef\xb8\x80\0lesges;\0\xe2\xaa\x93\0lessapprox;\0\xe2\xaa\x85\0"
	"lessdot;\0\xe2\x8b\x96\0lesseqgtr;\0\xe2\x8b\x9a\0lesseqqgtr;\0\xe2\xaa\x8b\0"
	"lessgtr;\0\xe2\x89\xb6\0lesssim;\0\xe2\x89\xb2\0lfisht;\0\xe2\xa5\xbc\0"
	"lfloor;\0\xe2\x8c\x8a\0lfr;\0\xf0\x9d\x94\xa9\0lg;\0\xe2\x89\xb6\0lgE;\0\xe2\xaa\x91\0"
	"lhard;\0\xe2\x86\xbd\0lharu;\0\xe2\x86\xbc\0lharul;\0\xe2\xa5\xaa\0lhblk;\0\xe2\x96\x84\0"
	"ljcy;\0\xd1\x99\0ll;\0\xe2\x89\xaa\0llarr;\0\xe2\x87\x87\0llcorner;\0\xe2\x8c\x9e\0"
	"llhard;\0\xe2\xa5\xab\0lltri;\0\xe2\x97\xba\0lmidot;\0\xc5\x80\0lmoust;\0\xe2\x8e\xb0\0"
	"lmoustache;\0\xe2\x8e\xb0\0lnE;\0\xe2\x89\xa8\0lnap;\0\xe2\xaa\x89\0"
	"lnapprox;\0\xe2\xaa\x89\0lne;\0\xe2\xaa\x87\0lneq;\0\xe2\xaa\x87\0lneqq;\0\xe2\x89\xa8\0"
	"lnsim;\0\xe2\x8b\xa6\0loang;\0\xe2\x9f\xac\0loarr;\0\xe2\x87\xbd\0lobrk;\0\xe2\x9f\xa6\0"
	"longleftarrow;\0\xe2\x9f\xb5\0longleftrightarrow;\0\xe2\x9f\xb7\0"
	"longmapsto;\0\xe2\x9f\xbc\0longrightarrow;\0\xe2\x9f\xb6\0looparrowleft;\0\xe2\x86\xab\0"
	"looparrowright;\0\xe2\x86\xac\0lopar;\0\xe2\xa6\x85\0lopf;\0\xf0\x9d\x95\x9d\0"
	"loplus;\0\xe2\xa8\xad\0lotimes;\0\xe2\xa8\xb4\0lowast;\0\xe2\x88\x97\0lowbar;\0\x5f\0"
	"loz;\0\xe2\x97\x8a\0lozenge;\0\xe2\x97\x8a\0lozf;\0\xe2\xa7\xab\0lpar;\0\x28\0"
	"lparlt;\0\xe2\xa6\x93\0lrarr;\0\xe2\x87\x86\0lrcorner;\0\xe2\x8c\x9f\0"
	"lrhar;\0\xe2\x87\x8b\0lrhard;\0\xe2\xa5\xad\0lrm;\0\xe2\x80\x8e\0lrtri;\0\xe2\x8a\xbf\0"
	"lsaquo;\0\xe2\x80\xb9\0lscr;\0\xf0\x9d\x93\x81\0lsh;\0\xe2\x86\xb0\0lsim;\0\xe2\x89\xb2\0"
	"lsime;\0\xe2\xaa\x8d\0lsimg;\0\xe2\xaa\x8f\0lsqb;\0\x5b\0lsquo;\0\xe2\x80\x98\0"
	"lsquor;\0\xe2\x80\x9a\0lstrok;\0\xc5\x82\0lt\0\x3c\0ltcc;\0\xe2\xaa\xa6\0"
	"ltcir;\0\xe2\xa9\xb9\0ltdot;\0\xe2\x8b\x96\0lthree;\0\xe2\x8b\x8b\0ltimes;\0\xe2\x8b\x89\0"
	"ltlarr;\0\xe2\xa5\xb6\0ltquest;\0\xe2\xa9\xbb\0ltrPar;\0\xe2\xa6\x96\0ltri;\0\xe2\x97\x83\0"
	"ltrie;\0\xe2\x8a\xb4\0ltrif;\0\xe2\x97\x82\0lurdshar;\0\xe2\xa5\x8a\0"
	"luruhar;\0\xe2\xa5\xa6\0lvertneqq;\0\xe2\x89\xa8\xef\xb8\x80\0"
	"lvnE;\0\xe2\x89\xa8\xef\xb8\x80\0mDDot;\0\xe2\x88\xba\0macr\0\xc2\xaf\0"
	"male;\0\xe2\x99\x82\0malt;\0\xe2\x9c\xa0\0maltese;\0\xe2\x9c\xa0\0map;\0\xe2\x86\xa6\0"
	"mapsto;\0\xe2\x86\xa6\0mapstodown;\0\xe2\x86\xa7\0mapstoleft;\0\xe2\x86\xa4\0"
	"mapstoup;\0\xe2\x86\xa5\0marker;\0\xe2\x96\xae\0mcomma;\0\xe2\xa8\xa9\0mcy;\0\xd0\xbc\0"
	"mdash;\0\xe2\x80\x94\0measuredangle;\0\xe2\x88\xa1\0mfr;\0\xf0\x9d\x94\xaa\0"
	"mho;\0\xe2\x84\xa7\0micro\0\xc2\xb5\0mid;\0\xe2\x88\xa3\0midast;\0\x2a\0"
	"midcir;\0\xe2\xab\xb0\0middot\0\xc2\xb7\0minus;\0\xe2\x88\x92\0minusb;\0\xe2\x8a\x9f\0"
	"minusd;\0\xe2\x88\xb8\0minusdu;\0\xe2\xa8\xaa\0mlcp;\0\xe2\xab\x9b\0mldr;\0\xe2\x80\xa6\0"
	"mnplus;\0\xe2\x88\x93\0models;\0\xe2\x8a\xa7\0mopf;\0\xf0\x9d\x95\x9e\0mp;\0\xe2\x88\x93\0"
	"mscr;\0\xf0\x9d\x93\x82\0mstpos;\0\xe2\x88\xbe\0mu;\0\xce\xbc\0multimap;\0\xe2\x8a\xb8\0"
	"mumap;\0\xe2\x8a\xb8\0nGg;\0\xe2\x8b\x99\xcc\xb8\0nGt;\0\xe2\x89\xab\xe2\x83\x92\0"
	"nGtv;\0\xe2\x89\xab\xcc\xb8\0nLeftarrow;\0\xe2\x87\x8d\0nLeftrightarrow;\0\xe2\x87\x8e\0"
	"nLl;\0\xe2\x8b\x98\xcc\xb8\0nLt;\0\xe2\x89\xaa\xe2\x83\x92\0nLtv;\0\xe2\x89\xaa\xcc\xb8\0"
	"nRightarrow;\0\xe2\x87\x8f\0nVDash;\0\xe2\x8a\xaf\0nVdash;\0\xe2\x8a\xae\0"
	"nabla;\0\xe2\x88\x87\0nacute;\0\xc5\x84\0nang;\0\xe2\x88\xa0\xe2\x83\x92\0"
	"nap;\0\xe2\x89\x89\0napE;\0\xe2\xa9\xb0\xcc\xb8\0napid;\0\xe2\x89\x8b\xcc\xb8\0"
	"napos;\0\xc5\x89\0napprox;\0\xe2\x89\x89\0natur;\0\xe2\x99\xae\0natural;\0\xe2\x99\xae\0"
	"naturals;\0\xe2\x84\x95\0nbsp\0\xc2\xa0\0nbump;\0\xe2\x89\x8e\xcc\xb8\0"
	"nbumpe;\0\xe2\x89\x8f\xcc\xb8\0ncap;\0\xe2\xa9\x83\0ncaron;\0\xc5\x88\0ncedil;\0\xc5\x86\0"
	"ncong;\0\xe2\x89\x87\0ncongdot;\0\xe2\xa9\xad\xcc\xb8\0ncup;\0\xe2\xa9\x82\0"
	"ncy;\0\xd0\xbd\0ndash;\0\xe2\x80\x93\0ne;\0\xe2\x89\xa0\0neArr;\0\xe2\x87\x97\0"
	"nearhk;\0\xe2\xa4\xa4\0nearr;\0\xe2\x86\x97\0nearrow;\0\xe2\x86\x97\0"
	"nedot;\0\xe2\x89\x90\xcc\xb8\0nequiv;\0\xe2\x89\xa2\0nesear;\0\xe2\xa4\xa8\0"
	"nesim;\0\xe2\x89\x82\xcc\xb8\0nexist;\0\xe2\x88\x84\0nexists;\0\xe2\x88\x84\0"
	"nfr;\0\xf0\x9d\x94\xab\0ngE;\0\xe2\x89\xa7\xcc\xb8\0nge;\0\xe2\x89\xb1\0"
	"ngeq;\0\xe2\x89\xb1\0ngeqq;\0\xe2\x89\xa7\xcc\xb8\0ngeqslant;\0\xe2\xa9\xbe\xcc\xb8\0"
	"nges;\0\xe2\xa9\xbe\xcc\xb8\0ngsim;\0\xe2\x89\xb5\0ngt;\0\xe2\x89\xaf\0"
	"ngtr;\0\xe2\x89\xaf\0nhArr;\0\xe2\x87\x8e\0nharr;\0\xe2\x86\xae\0nhpar;\0\xe2\xab\xb2\0"
	"ni;\0\xe2\x88\x8b\0nis;\0\xe2\x8b\xbc\0nisd;\0\xe2\x8b\xba\0niv;\0\xe2\x88\x8b\0"
	"njcy;\0\xd1\x9a\0nlArr;\0\xe2\x87\x8d\0nlE;\0\xe2\x89\xa6\xcc\xb8\0nlarr;\0\xe2\x86\x9a\0"
	"nldr;\0\xe2\x80\xa5\0nle;\0\xe2\x89\xb0\0nleftarrow;\0\xe2\x86\x9a\0"
	"nleftrightarrow;\0\xe2\x86\xae\0nleq;\0\xe2\x89\xb0\0nleqq;\0\xe2\x89\xa6\xcc\xb8\0"
	"nleqslant;\0\xe2\xa9\xbd\xcc\xb8\0nles;\0\xe2\xa9\xbd\xcc\xb8\0nless;\0\xe2\x89\xae\0"
	"nlsim;\0\xe2\x89\xb4\0nlt;\0\xe2\x89\xae\0nltri;\0\xe2\x8b\xaa\0nltrie;\0\xe2\x8b\xac\0"
	"nmid;\0\xe2\x88\xa4\0nopf;\0\xf0\x9d\x95\x9f\0not\0\xc2\xac\0notin;\0\xe2\x88\x89\0"
	"notinE;\0\xe2\x8b\xb9\xcc\xb8\0notindot;\0\xe2\x8b\xb5\xcc\xb8\0notinva;\0\xe2\x88\x89\0"
	"notinvb;\0\xe2\x8b\xb7\0notinvc;\0\xe2\x8b\xb6\0notni;\0\xe2\x88\x8c\0"
	"notniva;\0\xe2\x88\x8c\0notnivb;\0\xe2\x8b\xbe\0notnivc;\0\xe2\x8b\xbd\0"
	"npar;\0\xe2\x88\xa6\0nparallel;\0\xe2\x88\xa6\0nparsl;\0\xe2\xab\xbd\xe2\x83\xa5\0"
	"npart;\0\xe2\x88\x82\xcc\xb8\0npolint;\0\xe2\xa8\x94\0npr;\0\xe2\x8a\x80\0"
	"nprcue;\0\xe2\x8b\xa0\0npre;\0\xe2\xaa\xaf\xcc\xb8\0nprec;\0\xe2\x8a\x80\0"
	"npreceq;\0\xe2\xaa\xaf\xcc\xb8\0nrArr;\0\xe2\x87\x8f\0nrarr;\0\xe2\x86\x9b\0"
	"nrarrc;\0\xe2\xa4\xb3\xcc\xb8\0nrarrw;\0\xe2\x86\x9d\xcc\xb8\0nrightarrow;\0\xe2\x86\x9b\0"
	"nrtri;\0\xe2\x8b\xab\0nrtrie;\0\xe2\x8b\xad\0nsc;\0\xe2\x8a\x81\0nsccue;\0\xe2\x8b\xa1\0"
	"nsce;\0\xe2\xaa\xb0\xcc\xb8\0nscr;\0\xf0\x9d\x93\x83\0nshortmid;\0\xe2\x88\xa4\0"
	"nshortparallel;\0\xe2\x88\xa6\0nsim;\0\xe2\x89\x81\0nsime;\0\xe2\x89\x84\0"
	"nsimeq;\0\xe2\x89\x84\0nsmid;\0\xe2\x88\xa4\0nspar;\0\xe2\x88\xa6\0nsqsube;\0\xe2\x8b\xa2\0"
	"nsqsupe;\0\xe2\x8b\xa3\0nsub;\0\xe2\x8a\x84\0nsubE;\0\xe2\xab\x85\xcc\xb8\0"
	"nsube;\0\xe2\x8a\x88\0nsubset;\0\xe2\x8a\x82\xe2\x83\x92\0nsubseteq;\0\xe2\x8a\x88\0"
	"nsubseteqq;\0\xe2\xab\x85\xcc\xb8\0nsucc;\0\xe2\x8a\x81\0nsucceq;\0\xe2\xaa\xb0\xcc\xb8\0"
	"nsup;\0\xe2\x8a\x85\0nsupE;\0\xe2\xab\x86\xcc\xb8\0nsupe;\0\xe2\x8a\x89\0"
	"nsupset;\0\xe2\x8a\x83\xe2\x83\x92\0nsupseteq;\0\xe2\x8a\x89\0"
	"nsupseteqq;\0\xe2\xab\x86\xcc\xb8\0ntgl;\0\xe2\x89\xb9\0ntilde\0\xc3\xb1\0"
	"ntlg;\0\xe2\x89\xb8\0ntriangleleft;\0\xe2\x8b\xaa\0ntrianglelefteq;\0\xe2\x8b\xac\0"
	"ntriangleright;\0\xe2\x8b\xab\0ntrianglerighteq;\0\xe2\x8b\xad\0nu;\0\xce\xbd\0num;\0\x23\0"
	"numero;\0\xe2\x84\x96\0numsp;\0\xe2\x80\x87\0nvDash;\0\xe2\x8a\xad\0nvHarr;\0\xe2\xa4\x84\0"
	"nvap;\0\xe2\x89\x8d\xe2\x83\x92\0nvdash;\0\xe2\x8a\xac\0nvge;\0\xe2\x89\xa5\xe2\x83\x92\0"
	"nvgt;\0\x3e\xe2\x83\x92\0nvinfin;\0\xe2\xa7\x9e\0nvlArr;\0\xe2\xa4\x82\0"
	"nvle;\0\xe2\x89\xa4\xe2\x83\x92\0nvlt;\0\x3c\xe2\x83\x92\0"
	"nvltrie;\0\xe2\x8a\xb4\xe2\x83\x92\0nvrArr;\0\xe2\xa4\x83\0"
	"nvrtrie;\0\xe2\x8a\xb5\xe2\x83\x92\0nvsim;\0\xe2\x88\xbc\xe2\x83\x92\0"
	"nwArr;\0\xe2\x87\x96\0nwarhk;\0\xe2\xa4\xa3\0nwarr;\0\xe2\x86\x96\0nwarrow;\0\xe2\x86\x96\0"
	"nwnear;\0\xe2\xa4\xa7\0oS;\0\xe2\x93\x88\0oacute\0\xc3\xb3\0oast;\0\xe2\x8a\x9b\0"
	"ocir;\0\xe2\x8a\x9a\0ocirc\0\xc3\xb4\0ocy;\0\xd0\xbe\0odash;\0\xe2\x8a\x9d\0"
	"odblac;\0\xc5\x91\0odiv;\0\xe2\xa8\xb8\0odot;\0\xe2\x8a\x99\0odsold;\0\xe2\xa6\xbc\0"
	"oelig;\0\xc5\x93\0ofcir;\0\xe2\xa6\xbf\0ofr;\0\xf0\x9d\x94\xac\0ogon;\0\xcb\x9b\0"
	"ograve\0\xc3\xb2\0ogt;\0\xe2\xa7\x81\0ohbar;\0\xe2\xa6\xb5\0ohm;\0\xce\xa9\0"
	"oint;\0\xe2\x88\xae\0olarr;\0\xe2\x86\xba\0olcir;\0\xe2\xa6\xbe\0olcross;\0\xe2\xa6\xbb\0"
	"oline;\0\xe2\x80\xbe\0olt;\0\xe2\xa7\x80\0omacr;\0\xc5\x8d\0omega;\0\xcf\x89\0"
	"omicron;\0\xce\xbf\0omid;\0\xe2\xa6\xb6\0ominus;\0\xe2\x8a\x96\0oopf;\0\xf0\x9d\x95\xa0\0"
	"opar;\0\xe2\xa6\xb7\0operp;\0\xe2\xa6\xb9\0oplus;\0\xe2\x8a\x95\0or;\0\xe2\x88\xa8\0"
	"orarr;\0\xe2\x86\xbb\0ord;\0\xe2\xa9\x9d\0order;\0\xe2\x84\xb4\0orderof;\0\xe2\x84\xb4\0"
	"ordf\0\xc2\xaa\0ordm\0\xc2\xba\0origof;\0\xe2\x8a\xb6\0oror;\0\xe2\xa9\x96\0"
	"orslope;\0\xe2\xa9\x97\0orv;\0\xe2\xa9\x9b\0oscr;\0\xe2\x84\xb4\0oslash\0\xc3\xb8\0"
	"osol;\0\xe2\x8a\x98\0otilde\0\xc3\xb5\0otimes;\0\xe2\x8a\x97\0otimesas;\0\xe2\xa8\xb6\0"
	"ouml\0\xc3\xb6\0ovbar;\0\xe2\x8c\xbd\0par;\0\xe2\x88\xa5\0para\0\xc2\xb6\0"
	"parallel;\0\xe2\x88\xa5\0parsim;\0\xe2\xab\xb3\0parsl;\0\xe2\xab\xbd\0part;\0\xe2\x88\x82\0"
	"pcy;\0\xd0\xbf\0percnt;\0\x25\0period;\0\x2e\0permil;\0\xe2\x80\xb0\0perp;\0\xe2\x8a\xa5\0"
	"pertenk;\0\xe2\x80\xb1\0pfr;\0\xf0\x9d\x94\xad\0phi;\0\xcf\x86\0phiv;\0\xcf\x95\0"
	"phmmat;\0\xe2\x84\xb3\0phone;\0\xe2\x98\x8e\0pi;\0\xcf\x80\0pitchfork;\0\xe2\x8b\x94\0"
	"piv;\0\xcf\x96\0planck;\0\xe2\x84\x8f\0planckh;\0\xe2\x84\x8e\0plankv;\0\xe2\x84\x8f\0"
	"plus;\0\x2b\0plusacir;\0\xe2\xa8\xa3\0plusb;\0\xe2\x8a\x9e\0pluscir;\0\xe2\xa8\xa2\0"
	"plusdo;\0\xe2\x88\x94\0plusdu;\0\xe2\xa8\xa5\0pluse;\0\xe2\xa9\xb2\0plusmn\0\xc2\xb1\0"
	"plussim;\0\xe2\xa8\xa6\0plustwo;\0\xe2\xa8\xa7\0pm;\0\xc2\xb1\0pointint;\0\xe2\xa8\x95\0"
	"popf;\0\xf0\x9d\x95\xa1\0pound\0\xc2\xa3\0pr;\0\xe2\x89\xba\0prE;\0\xe2\xaa\xb3\0"
	"prap;\0\xe2\xaa\xb7\0prcue;\0\xe2\x89\xbc\0pre;\0\xe2\xaa\xaf\0prec;\0\xe2\x89\xba\0"
	"precapprox;\0\xe2\xaa\xb7\0preccurlyeq;\0\xe2\x89\xbc\0preceq;\0\xe2\xaa\xaf\0"
	"precnapprox;\0\xe2\xaa\xb9\0precneqq;\0\xe2\xaa\xb5\0precnsim;\0\xe2\x8b\xa8\0"
	"precsim;\0\xe2\x89\xbe\0prime;\0\xe2\x80\xb2\0primes;\0\xe2\x84\x99\0prnE;\0\xe2\xaa\xb5\0"
	"prnap;\0\xe2\xaa\xb9\0prnsim;\0\xe2\x8b\xa8\0prod;\0\xe2\x88\x8f\0profalar;\0\xe2\x8c\xae\0"
	"profline;\0\xe2\x8c\x92\0profsurf;\0\xe2\x8c\x93\0prop;\0\xe2\x88\x9d\0"
	"propto;\0\xe2\x88\x9d\0prsim;\0\xe2\x89\xbe\0prurel;\0\xe2\x8a\xb0\0"
	"pscr;\0\xf0\x9d\x93\x85\0psi;\0\xcf\x88\0puncsp;\0\xe2\x80\x88\0qfr;\0\xf0\x9d\x94\xae\0"
	"qint;\0\xe2\xa8\x8c\0qopf;\0\xf0\x9d\x95\xa2\0qprime;\0\xe2\x81\x97\0"
	"qscr;\0\xf0\x9d\x93\x86\0quaternions;\0\xe2\x84\x8d\0quatint;\0\xe2\xa8\x96\0quest;\0\x3f\0"
	"questeq;\0\xe2\x89\x9f\0quot\0\x22\0rAarr;\0\xe2\x87\x9b\0rArr;\0\xe2\x87\x92\0"
	"rAtail;\0\xe2\xa4\x9c\0rBarr;\0\xe2\xa4\x8f\0rHar;\0\xe2\xa5\xa4\0"
	"race;\0\xe2\x88\xbd\xcc\xb1\0racute;\0\xc5\x95\0radic;\0\xe2\x88\x9a\0"
	"raemptyv;\0\xe2\xa6\xb3\0rang;\0\xe2\x9f\xa9\0rangd;\0\xe2\xa6\x92\0range;\0\xe2\xa6\xa5\0"
	"rangle;\0\xe2\x9f\xa9\0raquo\0\xc2\xbb\0rarr;\0\xe2\x86\x92\0rarrap;\0\xe2\xa5\xb5\0"
	"rarrb;\0\xe2\x87\xa5\0rarrbfs;\0\xe2\xa4\xa0\0rarrc;\0\xe2\xa4\xb3\0rarrfs;\0\xe2\xa4\x9e\0"
	"rarrhk;\0\xe2\x86\xaa\0rarrlp;\0\xe2\x86\xac\0rarrpl;\0\xe2\xa5\x85\0"
	"rarrsim;\0\xe2\xa5\xb4\0rarrtl;\0\xe2\x86\xa3\0rarrw;\0\xe2\x86\x9d\0"
	"ratail;\0\xe2\xa4\x9a\0ratio;\0\xe2\x88\xb6\0rationals;\0\xe2\x84\x9a\0"
	"rbarr;\0\xe2\xa4\x8d\0rbbrk;\0\xe2\x9d\xb3\0rbrace;\0\x7d\0rbrack;\0\x5d\0"
	"rbrke;\0\xe2\xa6\x8c\0rbrksld;\0\xe2\xa6\x8e\0rbrkslu;\0\xe2\xa6\x90\0rcaron;\0\xc5\x99\0"
	"rcedil;\0\xc5\x97\0rceil;\0\xe2\x8c\x89\0rcub;\0\x7d\0rcy;\0\xd1\x80\0rdca;\0\xe2\xa4\xb7\0"
	"rdldhar;\0\xe2\xa5\xa9\0rdquo;\0\xe2\x80\x9d\0rdquor;\0\xe2\x80\x9d\0rdsh;\0\xe2\x86\xb3\0"
	"real;\0\xe2\x84\x9c\0realine;\0\xe2\x84\x9b\0realpart;\0\xe2\x84\x9c\0"
	"reals;\0\xe2\x84\x9d\0rect;\0\xe2\x96\xad\0reg\0\xc2\xae\0rfisht;\0\xe2\xa5\xbd\0"
	"rfloor;\0\xe2\x8c\x8b\0rfr;\0\xf0\x9d\x94\xaf\0rhard;\0\xe2\x87\x81\0rharu;\0\xe2\x87\x80\0"
	"rharul;\0\xe2\xa5\xac\0rho;\0\xcf\x81\0rhov;\0\xcf\xb1\0rightarrow;\0\xe2\x86\x92\0"
	"rightarrowtail;\0\xe2\x86\xa3\0rightharpoondown;\0\xe2\x87\x81\0"
	"rightharpoonup;\0\xe2\x87\x80\0rightleftarrows;\0\xe2\x87\x84\0"
	"rightleftharpoons;\0\xe2\x87\x8c\0rightrightarrows;\0\xe2\x87\x89\0"
	"rightsquigarrow;\0\xe2\x86\x9d\0rightthreetimes;\0\xe2\x8b\x8c\0ring;\0\xcb\x9a\0"
	"risingdotseq;\0\xe2\x89\x93\0rlarr;\0\xe2\x87\x84\0rlhar;\0\xe2\x87\x8c\0"
	"rlm;\0\xe2\x80\x8f\0rmoust;\0\xe2\x8e\xb1\0rmoustache;\0\xe2\x8e\xb1\0"
	"rnmid;\0\xe2\xab\xae\0roang;\0\xe2\x9f\xad\0roarr;\0\xe2\x87\xbe\0robrk;\0\xe2\x9f\xa7\0"
	"ropar;\0\xe2\xa6\x86\0ropf;\0\xf0\x9d\x95\xa3\0roplus;\0\xe2\xa8\xae\0"
	"rotimes;\0\xe2\xa8\xb5\0rpar;\0\x29\0rpargt;\0\xe2\xa6\x94\0rppolint;\0\xe2\xa8\x92\0"
	"rrarr;\0\xe2\x87\x89\0rsaquo;\0\xe2\x80\xba\0rscr;\0\xf0\x9d\x93\x87\0rsh;\0\xe2\x86\xb1\0"
	"rsqb;\0\x5d\0rsquo;\0\xe2\x80\x99\0rsquor;\0\xe2\x80\x99\0rthree;\0\xe2\x8b\x8c\0"
	"rtimes;\0\xe2\x8b\x8a\0rtri;\0\xe2\x96\xb9\0rtrie;\0\xe2\x8a\xb5\0rtrif;\0\xe2\x96\xb8\0"
	"rtriltri;\0\xe2\xa7\x8e\0ruluhar;\0\xe2\xa5\xa8\0rx;\0\xe2\x84\x9e\0sacute;\0\xc5\x9b\0"
	"sbquo;\0\xe2\x80\x9a\0sc;\0\xe2\x89\xbb\0scE;\0\xe2\xaa\xb4\0scap;\0\xe2\xaa\xb8\0"
	"scaron;\0\xc5\xa1\0sccue;\0\xe2\x89\xbd\0sce;\0\xe2\xaa\xb0\0scedil;\0\xc5\x9f\0"
	"scirc;\0\xc5\x9d\0scnE;\0\xe2\xaa\xb6\0scnap;\0\xe2\xaa\xba\0scnsim;\0\xe2\x8b\xa9\0"
	"scpolint;\0\xe2\xa8\x93\0scsim;\0\xe2\x89\xbf\0scy;\0\xd1\x81\0sdot;\0\xe2\x8b\x85\0"
	"sdotb;\0\xe2\x8a\xa1\0sdote;\0\xe2\xa9\xa6\0seArr;\0\xe2\x87\x98\0searhk;\0\xe2\xa4\xa5\0"
	"searr;\0\xe2\x86\x98\0searrow;\0\xe2\x86\x98\0sect\0\xc2\xa7\0semi;\0\x3b\0"
	"seswar;\0\xe2\xa4\xa9\0setminus;\0\xe2\x88\x96\0setmn;\0\xe2\x88\x96\0sext;\0\xe2\x9c\xb6\0"
	"sfr;\0\xf0\x9d\x94\xb0\0sfrown;\0\xe2\x8c\xa2\0sharp;\0\xe2\x99\xaf\0shchcy;\0\xd1\x89\0"
	"shcy;\0\xd1\x88\0shortmid;\0\xe2\x88\xa3\0shortparallel;\0\xe2\x88\xa5\0shy\0\xc2\xad\0"
	"sigma;\0\xcf\x83\0sigmaf;\0\xcf\x82\0sigmav;\0\xcf\x82\0sim;\0\xe2\x88\xbc\0"
	"simdot;\0\xe2\xa9\xaa\0sime;\0\xe2\x89\x83\0simeq;\0\xe2\x89\x83\0simg;\0\xe2\xaa\x9e\0"
	"simgE;\0\xe2\xaa\xa0\0siml;\0\xe2\xaa\x9d\0simlE;\0\xe2\xaa\x9f\0simne;\0\xe2\x89\x86\0"
	"simplus;\0\xe2\xa8\xa4\0simrarr;\0\xe2\xa5\xb2\0slarr;\0\xe2\x86\x90\0"
	"smallsetminus;\0\xe2\x88\x96\0smashp;\0\xe2\xa8\xb3\0smeparsl;\0\xe2\xa7\xa4\0"
	"smid;\0\xe2\x88\xa3\0smile;\0\xe2\x8c\xa3\0smt;\0\xe2\xaa\xaa\0smte;\0\xe2\xaa\xac\0"
	"smtes;\0\xe2\xaa\xac\xef\xb8\x80\0softcy;\0\xd1\x8c\0sol;\0\x2f\0solb;\0\xe2\xa7\x84\0"
	"solbar;\0\xe2\x8c\xbf\0sopf;\0\xf0\x9d\x95\xa4\0spades;\0\xe2\x99\xa0\0"
	"spadesuit;\0\xe2\x99\xa0\0spar;\0\xe2\x88\xa5\0sqcap;\0\xe2\x8a\x93\0"
	"sqcaps;\0\xe2\x8a\x93\xef\xb8\x80\0sqcup;\0\xe2\x8a\x94\0"
	"sqcups;\0\xe2\x8a\x94\xef\xb8\x80\0sqsub;\0\xe2\x8a\x8f\0sqsube;\0\xe2\x8a\x91\0"
	"sqsubset;\0\xe2\x8a\x8f\0sqsubseteq;\0\xe2\x8a\x91\0sqsup;\0\xe2\x8a\x90\0"
	"sqsupe;\0\xe2\x8a\x92\0sqsupset;\0\xe2\x8a\x90\0sqsupseteq;\0\xe2\x8a\x92\0"
	"squ;\0\xe2\x96\xa1\0square;\0\xe2\x96\xa1\0squarf;\0\xe2\x96\xaa\0squf;\0\xe2\x96\xaa\0"
	"srarr;\0\xe2\x86\x92\0sscr;\0\xf0\x9d\x93\x88\0ssetmn;\0\xe2\x88\x96\0"
	"ssmile;\0\xe2\x8c\xa3\0sstarf;\0\xe2\x8b\x86\0star;\0\xe2\x98\x86\0starf;\0\xe2\x98\x85\0"
	"straightepsilon;\0\xcf\xb5\0straightphi;\0\xcf\x95\0strns;\0\xc2\xaf\0sub;\0\xe2\x8a\x82\0"
	"subE;\0\xe2\xab\x85\0subdot;\0\xe2\xaa\xbd\0sube;\0\xe2\x8a\x86\0subedot;\0\xe2\xab\x83\0"
	"submult;\0\xe2\xab\x81\0subnE;\0\xe2\xab\x8b\0subne;\0\xe2\x8a\x8a\0"
	"subplus;\0\xe2\xaa\xbf\0subrarr;\0\xe2\xa5\xb9\0subset;\0\xe2\x8a\x82\0"
	"subseteq;\0\xe2\x8a\x86\0subseteqq;\0\xe2\xab\x85\0subsetneq;\0\xe2\x8a\x8a\0"
	"subsetneqq;\0\xe2\xab\x8b\0subsim;\0\xe2\xab\x87\0subsub;\0\xe2\xab\x95\0"
	"subsup;\0\xe2\xab\x93\0succ;\0\xe2\x89\xbb\0succapprox;\0\xe2\xaa\xb8\0"
	"succcurlyeq;\0\xe2\x89\xbd\0succeq;\0\xe2\xaa\xb0\0succnapprox;\0\xe2\xaa\xba\0"
	"succneqq;\0\xe2\xaa\xb6\0succnsim;\0\xe2\x8b\xa9\0succsim;\0\xe2\x89\xbf\0"
	"sum;\0\xe2\x88\x91\0sung;\0\xe2\x99\xaa\0sup;\0\xe2\x8a\x83\0sup1\0\xc2\xb9\0"
	"sup2\0\xc2\xb2\0sup3\0\xc2\xb3\0supE;\0\xe2\xab\x86\0supdot;\0\xe2\xaa\xbe\0"
	"supdsub;\0\xe2\xab\x98\0supe;\0\xe2\x8a\x87\0supedot;\0\xe2\xab\x84\0"
	"suphsol;\0\xe2\x9f\x89\0suphsub;\0\xe2\xab\x97\0suplarr;\0\xe2\xa5\xbb\0"
	"supmult;\0\xe2\xab\x82\0supnE;\0\xe2\xab\x8c\0supne;\0\xe2\x8a\x8b\0"
	"supplus;\0\xe2\xab\x80\0supset;\0\xe2\x8a\x83\0supseteq;\0\xe2\x8a\x87\0"
	"supseteqq;\0\xe2\xab\x86\0supsetneq;\0\xe2\x8a\x8b\0supsetneqq;\0\xe2\xab\x8c\0"
	"supsim;\0\xe2\xab\x88\0supsub;\0\xe2\xab\x94\0supsup;\0\xe2\xab\x96\0swArr;\0\xe2\x87\x99\0"
	"swarhk;\0\xe2\xa4\xa6\0swarr;\0\xe2\x86\x99\0swarrow;\0\xe2\x86\x99\0"
	"swnwar;\0\xe2\xa4\xaa\0szlig\0\xc3\x9f\0target;\0\xe2\x8c\x96\0tau;\0\xcf\x84\0"
	"tbrk;\0\xe2\x8e\xb4\0tcaron;\0\xc5\xa5\0tcedil;\0\xc5\xa3\0tcy;\0\xd1\x82\0"
	"tdot;\0\xe2\x83\x9b\0telrec;\0\xe2\x8c\x95\0tfr;\0\xf0\x9d\x94\xb1\0there4;\0\xe2\x88\xb4\0"
	"therefore;\0\xe2\x88\xb4\0theta;\0\xce\xb8\0thetasym;\0\xcf\x91\0thetav;\0\xcf\x91\0"
	"thickapprox;\0\xe2\x89\x88\0thicksim;\0\xe2\x88\xbc\0thinsp;\0\xe2\x80\x89\0"
	"thkap;\0\xe2\x89\x88\0thksim;\0\xe2\x88\xbc\0thorn\0\xc3\xbe\0tilde;\0\xcb\x9c\0"
	"times\0\xc3\x97\0timesb;\0\xe2\x8a\xa0\0timesbar;\0\xe2\xa8\xb1\0timesd;\0\xe2\xa8\xb0\0"
	"tint;\0\xe2\x88\xad\0toea;\0\xe2\xa4\xa8\0top;\0\xe2\x8a\xa4\0topbot;\0\xe2\x8c\xb6\0"
	"topcir;\0\xe2\xab\xb1\0topf;\0\xf0\x9d\x95\xa5\0topfork;\0\xe2\xab\x9a\0"
	"tosa;\0\xe2\xa4\xa9\0tprime;\0\xe2\x80\xb4\0trade;\0\xe2\x84\xa2\0triangle;\0\xe2\x96\xb5\0"
	"triangledown;\0\xe2\x96\xbf\0triangleleft;\0\xe2\x97\x83\0trianglelefteq;\0\xe2\x8a\xb4\0"
	"triangleq;\0\xe2\x89\x9c\0triangleright;\0\xe2\x96\xb9\0trianglerighteq;\0\xe2\x8a\xb5\0"
	"tridot;\0\xe2\x97\xac\0trie;\0\xe2\x89\x9c\0triminus;\0\xe2\xa8\xba\0"
	"triplus;\0\xe2\xa8\xb9\0trisb;\0\xe2\xa7\x8d\0tritime;\0\xe2\xa8\xbb\0"
	"trpezium;\0\xe2\x8f\xa2\0tscr;\0\xf0\x9d\x93\x89\0tscy;\0\xd1\x86\0tshcy;\0\xd1\x9b\0"
	"tstrok;\0\xc5\xa7\0twixt;\0\xe2\x89\xac\0twoheadleftarrow;\0\xe2\x86\x9e\0"
	"twoheadrightarrow;\0\xe2\x86\xa0\0uArr;\0\xe2\x87\x91\0uHar;\0\xe2\xa5\xa3\0"
	"uacute\0\xc3\xba\0uarr;\0\xe2\x86\x91\0ubrcy;\0\xd1\x9e\0ubreve;\0\xc5\xad\0"
	"ucirc\0\xc3\xbb\0ucy;\0\xd1\x83\0udarr;\0\xe2\x87\x85\0udblac;\0\xc5\xb1\0"
	"udhar;\0\xe2\xa5\xae\0ufisht;\0\xe2\xa5\xbe\0ufr;\0\xf0\x9d\x94\xb2\0ugrave\0\xc3\xb9\0"
	"uharl;\0\xe2\x86\xbf\0uharr;\0\xe2\x86\xbe\0uhblk;\0\xe2\x96\x80\0ulcorn;\0\xe2\x8c\x9c\0"
	"ulcorner;\0\xe2\x8c\x9c\0ulcrop;\0\xe2\x8c\x8f\0ultri;\0\xe2\x97\xb8\0umacr;\0\xc5\xab\0"
	"uml\0\xc2\xa8\0uogon;\0\xc5\xb3\0uopf;\0\xf0\x9d\x95\xa6\0uparrow;\0\xe2\x86\x91\0"
	"updownarrow;\0\xe2\x86\x95\0upharpoonleft;\0\xe2\x86\xbf\0upharpoonright;\0\xe2\x86\xbe\0"
	"uplus;\0\xe2\x8a\x8e\0upsi;\0\xcf\x85\0upsih;\0\xcf\x92\0upsilon;\0\xcf\x85\0"
	"upuparrows;\0\xe2\x87\x88\0urcorn;\0\xe2\x8c\x9d\0urcorner;\0\xe2\x8c\x9d\0"
	"urcrop;\0\xe2\x8c\x8e\0uring;\0\xc5\xaf\0urtri;\0\xe2\x97\xb9\0uscr;\0\xf0\x9d\x93\x8a\0"
	"utdot;\0\xe2\x8b\xb0\0utilde;\0\xc5\xa9\0utri;\0\xe2\x96\xb5\0utrif;\0\xe2\x96\xb4\0"
	"uuarr;\0\xe2\x87\x88\0uuml\0\xc3\xbc\0uwangle;\0\xe2\xa6\xa7\0vArr;\0\xe2\x87\x95\0"
	"vBar;\0\xe2\xab\xa8\0vBarv;\0\xe2\xab\xa9\0vDash;\0\xe2\x8a\xa8\0vangrt;\0\xe2\xa6\x9c\0"
	"varepsilon;\0\xcf\xb5\0varkappa;\0\xcf\xb0\0varnothing;\0\xe2\x88\x85\0varphi;\0\xcf\x95\0"
	"varpi;\0\xcf\x96\0varpropto;\0\xe2\x88\x9d\0varr;\0\xe2\x86\x95\0varrho;\0\xcf\xb1\0"
	"varsigma;\0\xcf\x82\0varsubsetneq;\0\xe2\x8a\x8a\xef\xb8\x80\0"
	"varsubsetneqq;\0\xe2\xab\x8b\xef\xb8\x80\0varsupsetneq;\0\xe2\x8a\x8b\xef\xb8\x80\0"
	"varsupsetneqq;\0\xe2\xab\x8c\xef\xb8\x80\0vartheta;\0\xcf\x91\0"
	"vartriangleleft;\0\xe2\x8a\xb2\0vartriangleright;\0\xe2\x8a\xb3\0vcy;\0\xd0\xb2\0"
	"vdash;\0\xe2\x8a\xa2\0vee;\0\xe2\x88\xa8\0veebar;\0\xe2\x8a\xbb\0veeeq;\0\xe2\x89\x9a\0"
	"vellip;\0\xe2\x8b\xae\0verbar;\0\x7c\0vert;\0\x7c\0vfr;\0\xf0\x9d\x94\xb3\0"
	"vltri;\0\xe2\x8a\xb2\0vnsub;\0\xe2\x8a\x82\xe2\x83\x92\0vnsup;\0\xe2\x8a\x83\xe2\x83\x92\0"
	"vopf;\0\xf0\x9d\x95\xa7\0vprop;\0\xe2\x88\x9d\0vrtri;\0\xe2\x8a\xb3\0"
	"vscr;\0\xf0\x9d\x93\x8b\0vsubnE;\0\xe2\xab\x8b\xef\xb8\x80\0"
	"vsubne;\0\xe2\x8a\x8a\xef\xb8\x80\0vsupnE;\0\xe2\xab\x8c\xef\xb8\x80\0"
	"vsupne;\0\xe2\x8a\x8b\xef\xb8\x80\0vzigzag;\0\xe2\xa6\x9a\0wcirc;\0\xc5\xb5\0"
	"wedbar;\0\xe2\xa9\x9f\0wedge;\0\xe2\x88\xa7\0wedgeq;\0\xe2\x89\x99\0weierp;\0\xe2\x84\x98\0"
	"wfr;\0\xf0\x9d\x94\xb4\0wopf;\0\xf0\x9d\x95\xa8\0wp;\0\xe2\x84\x98\0wr;\0\xe2\x89\x80\0"
	"wreath;\0\xe2\x89\x80\0wscr;\0\xf0\x9d\x93\x8c\0xcap;\0\xe2\x8b\x82\0xcirc;\0\xe2\x97\xaf\0"
	"xcup;\0\xe2\x8b\x83\0xdtri;\0\xe2\x96\xbd\0xfr;\0\xf0\x9d\x94\xb5\0xhArr;\0\xe2\x9f\xba\0"
	"xharr;\0\xe2\x9f\xb7\0xi;\0\xce\xbe\0xlArr;\0\xe2\x9f\xb8\0xlarr;\0\xe2\x9f\xb5\0"
	"xmap;\0\xe2\x9f\xbc\0xnis;\0\xe2\x8b\xbb\0xodot;\0\xe2\xa8\x80\0xopf;\0\xf0\x9d\x95\xa9\0"
	"xoplus;\0\xe2\xa8\x81\0xotime;\0\xe2\xa8\x82\0xrArr;\0\xe2\x9f\xb9\0xrarr;\0\xe2\x9f\xb6\0"
	"xscr;\0\xf0\x9d\x93\x8d\0xsqcup;\0\xe2\xa8\x86\0xuplus;\0\xe2\xa8\x84\0"
	"xutri;\0\xe2\x96\xb3\0xvee;\0\xe2\x8b\x81\0xwedge;\0\xe2\x8b\x80\0yacute\0\xc3\xbd\0"
	"yacy;\0\xd1\x8f\0ycirc;\0\xc5\xb7\0ycy;\0\xd1\x8b\0yen\0\xc2\xa5\0yfr;\0\xf0\x9d\x94\xb6\0"
	"yicy;\0\xd1\x97\0yopf;\0\xf0\x9d\x95\xaa\0yscr;\0\xf0\x9d\x93\x8e\0yucy;\0\xd1\x8e\0"
	"yuml\0\xc3\xbf\0zacute;\0\xc5\xba\0zcaron;\0\xc5\xbe\0zcy;\0\xd0\xb7\0zdot;\0\xc5\xbc\0"
	"zeetrf;\0\xe2\x84\xa8\0zeta;\0\xce\xb6\0zfr;\0\xf0\x9d\x94\xb7\0zhcy;\0\xd0\xb6\0"
	"zigrarr;\0\xe2\x87\x9d\0zopf;\0\xf0\x9d\x95\xab\0zscr;\0\xf0\x9d\x93\x8f\0"
	"zwj;\0\xe2\x80\x8d\0zwnj;\0\xe2\x80\x8c\0";

const uint16_t html_entity_at[HTML_ENTITIES] = {
	0, 9, 15, 25, 36, 45, 53, 63, 73, 83, 93, 102, 112, 123, 142, 151, 162, 174, 184, 192, 207,
	217, 229, 237, 250, 266, 275, 285, 296, 306, 316, 328, 337, 345, 356, 365, 391, 404, 415,
	425, 435, 448, 457, 469, 483, 492, 500, 515, 532, 548, 565, 595, 622, 643, 654, 666, 681,
	693, 714, 724, 739, 776, 787, 798, 807, 819, 827, 841, 850, 859, 868, 880, 890, 901, 912,
	920, 929, 939, 949, 970, 989, 1016, 1036, 1057, 1070, 1089, 1100, 1108, 1120, 1134, 1161,
	1175, 1196, 1217, 1243, 1262, 1287, 1317, 1343, 1365, 1385, 1404, 1427, 1450, 1465, 1483,
	1505, 1519, 1544, 1567, 1587, 1610, 1634, 1655, 1679, 1692, 1710, 1725, 1736, 1747, 1755,
	1762, 1772, 1783, 1792, 1800, 1809, 1819, 1829, 1842, 1852, 1874, 1900, 1910, 1921, 1933,
	1944, 1960, 1977, 1987, 1997, 2005, 2013, 2025, 2043, 2051, 2061, 2084, 2111, 2122, 2134,
	2150, 2160, 2169, 2174, 2184, 2195, 2206, 2217, 2227, 2235, 2244, 2254, 2262, 2273, 2291,
	2313, 2335, 2355, 2372, 2395, 2413, 2424, 2432, 2443, 2453, 2460, 2470, 2479, 2497, 2507,
	2527, 2537, 2548, 2566, 2581, 2590, 2600, 2609, 2619, 2628, 2636, 2645, 2654, 2664, 2672,
	2682, 2698, 2711, 2720, 2734, 2752, 2772, 2792, 2802, 2813, 2822, 2832, 2843, 2853, 2861,
	2871, 2879, 2889, 2900, 2911, 2922, 2932, 2941, 2950, 2960, 2971, 2979, 2989, 3000, 3011,
	3020, 3025, 3036, 3047, 3057, 3073, 3083, 3094, 3105, 3113, 3135, 3150, 3168, 3193, 3210,
	3233, 3256, 3276, 3299, 3314, 3334, 3355, 3368, 3386, 3405, 3423, 3444, 3467, 3489, 3510,
	3528, 3549, 3565, 3584, 3599, 3619, 3641, 3660, 3677, 3691, 3711, 3726, 3736, 3744, 3760,
	3771, 3790, 3814, 3834, 3853, 3877, 3897, 3908, 3928, 3949, 3959, 3968, 3979, 3987, 3996,
	4004, 4021, 4036, 4046, 4061, 4072, 4082, 4089, 4098, 4109, 4120, 4131, 4139, 4164, 4188,
	4211, 4238, 4264, 4284, 4295, 4305, 4318, 4339, 4349, 4358, 4376, 4391, 4417, 4433, 4447,
	4468, 4483, 4499, 4520, 4547, 4572, 4592, 4620, 4641, 4664, 4684, 4705, 4731, 4757, 4770,
	4788, 4808, 4827, 4852, 4870, 4901, 4926, 4943, 4967, 4994, 5017, 5039, 5066, 5093, 5116,
	5142, 5167, 5195, 5213, 5233, 5250, 5274, 5301, 5325, 5345, 5367, 5381, 5400, 5423, 5442,
	5462, 5473, 5483, 5490, 5500, 5510, 5519, 5527, 5538, 5548, 5558, 5568, 5578, 5590, 5601,
	5627, 5647, 5655, 5666, 5676, 5686, 5698, 5706, 5719, 5734, 5751, 5772, 5786, 5794, 5804,
	5812, 5819, 5833, 5852, 5862, 5870, 5884, 5903, 5927, 5946, 5957, 5970, 5986, 6004, 6015,
	6023, 6030, 6040, 6050, 6061, 6072, 6079, 6090, 6100, 6110, 6122, 6133, 6144, 6152, 6160,
	6180, 6204, 6230, 6239, 6247, 6270, 6286, 6305, 6330, 6348, 6372, 6396, 6417, 6441, 6457,
	6471, 6490, 6510, 6529, 6551, 6575, 6598, 6620, 6639, 6661, 6678, 6698, 6714, 6724, 6742,
	6759, 6769, 6778, 6795, 6806, 6815, 6826, 6837, 6845, 6856, 6867, 6877, 6885, 6895, 6915,
	6935, 6956, 6974, 6984, 7001, 7012, 7022, 7034, 7058, 7076, 7099, 7119, 7144, 7161, 7172,
	7182, 7191, 7203, 7220, 7234, 7253, 7277, 7296, 7310, 7319, 7328, 7342, 7361, 7373, 7382,
	7393, 7403, 7412, 7419, 7427, 7438, 7449, 7457, 7467, 7482, 7492, 7511, 7526, 7537, 7553,
	7573, 7589, 7600, 7615, 7626, 7637, 7647, 7657, 7671, 7681, 7692, 7701, 7709, 7720, 7730,
	7740, 7750, 7762, 7778, 7796, 7818, 7829, 7844, 7854, 7865, 7878, 7894, 7916, 7933, 7952,
	7963, 7979, 7992, 8009, 8029, 8050, 8059, 8071, 8081, 8092, 8103, 8111, 8122, 8132, 8140,
	8151, 8163, 8172, 8184, 8194, 8211, 8227, 8250, 8269, 8288, 8298, 8309, 8320, 8332, 8342,
	8353, 8363, 8374, 8385, 8395, 8402, 8413, 8424, 8433, 8442, 8451, 8461, 8471, 8479, 8489,
	8500, 8511, 8520, 8529, 8540, 8551, 8559, 8568, 8588, 8597, 8606, 8616, 8627, 8637, 8648,
	8656, 8667, 8676, 8685, 8694, 8702, 8711, 8719, 8729, 8739, 8752, 8763, 8773, 8783, 8794,
	8800, 8809, 8821, 8831, 8845, 8855, 8864, 8874, 8885, 8897, 8911, 8925, 8939, 8953, 8967,
	8981, 8995, 9009, 9020, 9033, 9047, 9059, 9069, 9082, 9092, 9103, 9111, 9120, 9132, 9141,
	9151, 9159, 9171, 9185, 9194, 9205, 9212, 9223, 9236, 9246, 9254, 9268, 9279, 9289, 9303,
	9319, 9334, 9347, 9362, 9374, 9386, 9400, 9410, 9424, 9435, 9443, 9454, 9466, 9479, 9492,
	9502, 9514, 9523, 9533, 9546, 9556, 9568, 9581, 9593, 9606, 9620, 9635, 9649, 9662, 9683,
	9702, 9716, 9728, 9742, 9754, 9772, 9789, 9808, 9831, 9854, 9878, 9889, 9900, 9911, 9922,
	9933, 9943, 9959, 9969, 9980, 9989, 10001, 10013, 10024, 10035, 10046, 10057, 10067, 10078,
	10089, 10100, 10111, 10122, 10133, 10144, 10155, 10165, 10176, 10187, 10198, 10209, 10220,
	10231, 10243, 10254, 10265, 10276, 10287, 10297, 10308, 10319, 10330, 10341, 10355, 10368,
	10382, 10393, 10404, 10415, 10426, 10436, 10447, 10458, 10469, 10480, 10491, 10502, 10514,
	10524, 10534, 10545, 10556, 10566, 10577, 10585, 10596, 10610, 10620, 10632, 10642, 10653,
	10664, 10676, 10687, 10696, 10708, 10722, 10734, 10746, 10758, 10771, 10782, 10792, 10803,
	10814, 10824, 10834, 10845, 10858, 10867, 10876, 10889, 10897, 10911, 10921, 10930, 10941,
	10956, 10964, 10973, 10983, 10992, 11004, 11025, 11047, 11060, 11074, 11090, 11107, 11124,
	11134, 11148, 11160, 11173, 11184, 11198, 11207, 11219, 11232, 11241, 11251, 11261, 11273,
	11289, 11304, 11314, 11327, 11339, 11350, 11362, 11370, 11382, 11393, 11404, 11415, 11425,
	11436, 11446, 11457, 11468, 11481, 11494, 11505, 11516, 11528, 11541, 11550, 11564, 11576,
	11588, 11600, 11611, 11624, 11636, 11649, 11666, 11683, 11697, 11713, 11723, 11743, 11764,
	11775, 11786, 11800, 11811, 11823, 11833, 11843, 11855, 11867, 11877, 11887, 11898, 11911,
	11921, 11932, 11940, 11948, 11961, 11972, 11985, 11992, 12002, 12015, 12027, 12037, 12048,
	12059, 12069, 12082, 12099, 12110, 12118, 12130, 12141, 12149, 12159, 12178, 12190, 12199,
	12211, 12223, 12233, 12244, 12252, 12263, 12277, 12291, 12304, 12319, 12339, 12354, 12374,
	12395, 12417, 12431, 12443, 12455, 12466, 12475, 12485, 12496, 12507, 12517, 12528, 12539,
	12550, 12563, 12572, 12586, 12597, 12607, 12617, 12629, 12640, 12650, 12659, 12671, 12679,
	12688, 12696, 12707, 12717, 12725, 12735, 12744, 12756, 12764, 12778, 12787, 12796, 12808,
	12818, 12829, 12843, 12855, 12865, 12877, 12889, 12897, 12907, 12917, 12928, 12938, 12950,
	12961, 12970, 12982, 12992, 13004, 13017, 13028, 13044, 13061, 13071, 13083, 13094, 13107,
	13121, 13132, 13143, 13153, 13164, 13174, 13182, 13189, 13197, 13207, 13215, 13226, 13243,
	13261, 13280, 13288, 13300, 13312, 13323, 13335, 13345, 13356, 13366, 13376, 13387, 13398,
	13407, 13418, 13430, 13440, 13451, 13465, 13475, 13487, 13497, 13509, 13521, 13533, 13545,
	13557, 13567, 13579, 13591, 13603, 13615, 13627, 13639, 13650, 13661, 13672, 13680, 13689,
	13700, 13710, 13721, 13730, 13741, 13751, 13759, 13768, 13776, 13785, 13794, 13804, 13818,
	13827, 13838, 13850, 13863, 13877, 13890, 13902, 13912, 13920, 13929, 13940, 13949, 13957,
	13966, 13975, 13984, 13993, 14003, 14017, 14026, 14036, 14047, 14058, 14069, 14078, 14088,
	14098, 14109, 14120, 14125, 14135, 14146, 14157, 14169, 14182, 14197, 14209, 14221, 14236,
	14252, 14265, 14277, 14295, 14308, 14318, 14330, 14339, 14351, 14362, 14372, 14385, 14396,
	14406, 14416, 14428, 14443, 14455, 14467, 14477, 14491, 14505, 14516, 14528, 14547, 14567,
	14578, 14590, 14601, 14613, 14624, 14636, 14648, 14658, 14666, 14675, 14683, 14692, 14701,
	14710, 14720, 14730, 14738, 14750, 14761, 14773, 14784, 14794, 14804, 14815, 14829, 14843,
	14853, 14863, 14873, 14881, 14893, 14904, 14918, 14929, 14938, 14950, 14964, 14978, 14992,
	15005, 15014, 15024, 15035, 15044, 15055, 15065, 15076, 15086, 15097, 15110, 15121, 15133,
	15144, 15152, 15163, 15173, 15181, 15191, 15199, 15209, 15219, 15230, 15241, 15252, 15262,
	15272, 15283, 15294, 15302, 15312, 15323, 15332, 15341, 15352, 15363, 15374, 15384, 15396,
	15407, 15415, 15424, 15434, 15445, 15459, 15471, 15482, 15492, 15503, 15515, 15524, 15533,
	15543, 15554, 15567, 15579, 15591, 15603, 15615, 15628, 15640, 15649, 15661, 15671, 15685,
	15696, 15707, 15717, 15727, 15738, 15751, 15764, 15775, 15786, 15797, 15805, 15813, 15823,
	15834, 15846, 15859, 15873, 15883, 15891, 15906, 15925, 15946, 15965, 15985, 16005, 16026,
	16049, 16074, 16094, 16103, 16112, 16122, 16136, 16145, 16156, 16168, 16181, 16195, 16208,
	16220, 16236, 16249, 16264, 16280, 16293, 16306, 16318, 16330, 16340, 16348, 16357, 16368,
	16379, 16391, 16402, 16411, 16419, 16430, 16444, 16456, 16467, 16478, 16490, 16506, 16515,
	16525, 16539, 16548, 16558, 16569, 16580, 16591, 16602, 16613, 16632, 16656, 16672, 16692,
	16711, 16731, 16742, 16753, 16765, 16778, 16790, 16800, 16809, 16822, 16832, 16840, 16852,
	16863, 16877, 16888, 16900, 16909, 16920, 16932, 16943, 16952, 16962, 16973, 16984, 16992,
	17003, 17015, 17026, 17031, 17041, 17052, 17063, 17075, 17087, 17099, 17112, 17124, 17134,
	17145, 17156, 17170, 17183, 17201, 17214, 17225, 17233, 17243, 17253, 17266, 17275, 17287,
	17303, 17319, 17333, 17345, 17357, 17365, 17376, 17395, 17405, 17414, 17423, 17432, 17442,
	17454, 17464, 17475, 17487, 17499, 17512, 17522, 17532, 17544, 17556, 17567, 17575, 17586,
	17598, 17605, 17619, 17630, 17641, 17653, 17665, 17681, 17702, 17713, 17725, 17737, 17754,
	17766, 17778, 17789, 17800, 17813, 17822, 17834, 17847, 17857, 17870, 17881, 17894, 17908,
	17916, 17929, 17943, 17953, 17964, 17975, 17986, 18002, 18012, 18020, 18031, 18039, 18050,
	18062, 18073, 18086, 18099, 18111, 18123, 18136, 18148, 18161, 18171, 18182, 18191, 18201,
	18214, 18231, 18243, 18254, 18263, 18273, 18284, 18295, 18306, 18314, 18323, 18333, 18342,
	18351, 18362, 18373, 18384, 18394, 18403, 18419, 18440, 18450, 18463, 18480, 18492, 18503,
	18514, 18523, 18534, 18546, 18556, 18567, 18574, 18585, 18599, 18615, 18628, 18641, 18654,
	18665, 18678, 18691, 18704, 18714, 18729, 18744, 18757, 18770, 18779, 18791, 18803, 18814,
	18829, 18840, 18851, 18865, 18879, 18896, 18907, 18919, 18928, 18940, 18952, 18963, 18978,
	18998, 19008, 19019, 19031, 19042, 19053, 19066, 19079, 19089, 19102, 19113, 19129, 19144,
	19162, 19173, 19188, 19198, 19211, 19222, 19238, 19253, 19271, 19281, 19291, 19301, 19320,
	19341, 19361, 19383, 19390, 19397, 19409, 19420, 19432, 19444, 19457, 19469, 19482, 19493,
	19506, 19518, 19531, 19542, 19558, 19570, 19586, 19600, 19611, 19623, 19634, 19647, 19659,
	19667, 19677, 19687, 19697, 19706, 19714, 19725, 19736, 19746, 19756, 19768, 19778, 19789,
	19799, 19808, 19818, 19827, 19838, 19846, 19856, 19867, 19878, 19891, 19902, 19911, 19921,
	19931, 19943, 19953, 19965, 19976, 19986, 19997, 20008, 20016, 20027, 20036, 20047, 20060,
	20068, 20076, 20088, 20098, 20111, 20120, 20130, 20140, 20150, 20160, 20172, 20186, 20194,
	20205, 20214, 20222, 20236, 20248, 20259, 20269, 20277, 20287, 20297, 20309, 20319, 20332,
	20342, 20350, 20359, 20371, 20382, 20389, 20404, 20412, 20424, 20437, 20449, 20457, 20471,
	20482, 20495, 20507, 20519, 20530, 20540, 20553, 20566, 20573, 20587, 20598, 20607, 20615,
	20624, 20634, 20645, 20654, 20664, 20680, 20697, 20709, 20726, 20740, 20754, 20767, 20778,
	20790, 20800, 20811, 20823, 20833, 20847, 20861, 20875, 20885, 20897, 20908, 20920, 20931,
	20939, 20951, 20961, 20971, 20982, 20994, 21005, 21022, 21035, 21044, 21057, 21064, 21075,
	21085, 21097, 21108, 21118, 21130, 21141, 21152, 21166, 21176, 21187, 21198, 21210, 21219,
	21229, 21241, 21252, 21265, 21276, 21288, 21300, 21312, 21324, 21337, 21349, 21360, 21372,
	21383, 21398, 21409, 21420, 21430, 21440, 21451, 21464, 21477, 21488, 21499, 21510, 21518,
	21526, 21536, 21549, 21560, 21572, 21582, 21592, 21605, 21619, 21630, 21640, 21647, 21659,
	21671, 21681, 21692, 21703, 21715, 21723, 21732, 21748, 21768, 21790, 21810, 21831, 21854,
	21876, 21897, 21918, 21927, 21945, 21956, 21967, 21976, 21988, 22004, 22015, 22026, 22037,
	22048, 22059, 22070, 22082, 22095, 22103, 22115, 22129, 22140, 22152, 22163, 22172, 22180,
	22191, 22203, 22215, 22227, 22237, 22248, 22259, 22273, 22286, 22294, 22305, 22316, 22324,
	22333, 22343, 22354, 22365, 22374, 22385, 22395, 22405, 22416, 22428, 22442, 22453, 22461,
	22471, 22482, 22493, 22504, 22516, 22527, 22540, 22548, 22556, 22568, 22582, 22593, 22603,
	22613, 22625, 22636, 22647, 22656, 22670, 22689, 22696, 22706, 22717, 22728, 22737, 22749,
	22759, 22770, 22780, 22791, 22801, 22812, 22823, 22836, 22849, 22860, 22879, 22891, 22905,
	22915, 22926, 22935, 22945, 22959, 22970, 22977, 22987, 22999, 23010, 23022, 23037, 23047,
	23058, 23073, 23084, 23099, 23110, 23122, 23136, 23152, 23163, 23175, 23189, 23205, 23214,
	23226, 23238, 23248, 23259, 23270, 23282, 23294, 23306, 23316, 23327, 23347, 23363, 23373,
	23382, 23392, 23404, 23414, 23427, 23440, 23451, 23462, 23475, 23488, 23500, 23514, 23529,
	23544, 23560, 23572, 23584, 23596, 23606, 23622, 23639, 23651, 23668, 23682, 23696, 23709,
	23718, 23728, 23737, 23745, 23753, 23761, 23771, 23783, 23796, 23806, 23819, 23832, 23845,
	23858, 23871, 23882, 23893, 23906, 23918, 23932, 23947, 23962, 23978, 23990, 24002, 24014,
	24025, 24037, 24048, 24061, 24073, 24082, 24094, 24102, 24112, 24123, 24134, 24142, 24152,
	24164, 24174, 24186, 24201, 24211, 24224, 24235, 24252, 24266, 24278, 24289, 24301, 24310,
	24320, 24329, 24341, 24355, 24367, 24377, 24387, 24396, 24408, 24420, 24431, 24444, 24454,
	24466, 24477, 24491, 24509, 24527, 24547, 24562, 24581, 24602, 24614, 24624, 24638, 24651,
	24662, 24675, 24689, 24700, 24709, 24719, 24730, 24741, 24763, 24786, 24796, 24806, 24816,
	24826, 24836, 24847, 24856, 24864, 24875, 24886, 24897, 24909, 24919, 24929, 24940, 24951,
	24962, 24974, 24988, 25000, 25011, 25021, 25028, 25038, 25049, 25062, 25079, 25098, 25118,
	25129, 25138, 25148, 25160, 25176, 25188, 25202, 25214, 25224, 25235, 25246, 25257, 25268,
	25278, 25289, 25300, 25308, 25321, 25331, 25341, 25352, 25363, 25375, 25390, 25403, 25419,
	25430, 25440, 25455, 25465, 25476, 25489, 25510, 25532, 25553, 25575, 25588, 25609, 25631,
	25639, 25650, 25659, 25671, 25682, 25694, 25704, 25712, 25722, 25733, 25747, 25761, 25772,
	25783, 25794, 25805, 25820, 25835, 25850, 25865, 25878, 25888, 25900, 25911, 25923, 25935,
	25945, 25956, 25964, 25972, 25984, 25995, 26005, 26016, 26026, 26037, 26047, 26058, 26069,
	26076, 26087, 26098, 26108, 26118, 26129, 26140, 26152, 26164, 26175, 26186, 26197, 26209,
	26221, 26232, 26242, 26254, 26264, 26273, 26283, 26291, 26298, 26308, 26317, 26328, 26339,
	26348, 26356, 26367, 26378, 26386, 26395, 26407, 26416, 26426, 26435, 26448, 26459, 26470,
	26479,
};
/* clang-format on */
