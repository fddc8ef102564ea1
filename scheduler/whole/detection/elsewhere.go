package detection

import "kube-windtunnel/scheduler/specimens"

// Elsewhere is a test of another level that fails where the real plugin has the defect.
type Elsewhere struct {
	Defect specimens.Switch
	// File is below scheduler/, Test the function in it.
	File, Test string
}

// AtOtherLevels are those tests: of the arithmetic, the arguments, the collector, and of the plugin's query on the engine of
// Prometheus. Most defects have one more than is named here.
func AtOtherLevels() []Elsewhere {
	const engine, sees = "promserver/query_test.go", "TestWhatTheQuerySeesInSeriesOfNodeExporter"
	return []Elsewhere{
		{specimens.ConfigName, "k8s136/generation_test.go", "TestConfigurations"},
		{specimens.SchemeLessAddress, "args/published_test.go", "TestAddressesWithoutASchemeNameTheURLThatWasMeant"},
		{specimens.SilentArgs, "args/args_test.go", "TestEveryProblemIsToldAtOnce"},
		{specimens.DecodeByValue, "args/args_test.go", "TestEveryFieldArrives"},
		{specimens.SnakeCaseTags, "args/args_test.go", "TestUnknownAndRepeatedFieldsAreRefusedByName"},
		{specimens.AnyAddress, "args/published_test.go", "TestAddressesWithoutASchemeNameTheURLThatWasMeant"},
		{specimens.FatalAddress, "args/published_test.go", "TestAddressesWithoutASchemeNameTheURLThatWasMeant"},
		{specimens.ArgumentOrder, engine, sees}, {specimens.SecondsSuffix, engine, sees},
		{specimens.HourWindow, "args/published_test.go", "TestPublishedNamesAreTranslatedWithAWarning"},
		{specimens.SumOverTime, engine, sees}, {specimens.ReceiveOnly, engine, sees}, {specimens.NoCapacity, engine, sees},
		{specimens.QueryPerNode, "collector/client_test.go", "TestOneQueryHoldsEverything"},
		{specimens.UnfilteredOperand, engine, "TestTheCostGrowsWithTheNodesAndNotWithTheirSquare"},
		{specimens.RelativeToMax, "traffic/absolute_test.go", "TestScoresAreAbsolute"},
		{specimens.DivideByZero, engine, sees}, {specimens.IntegerOverflow, engine, sees},
		{specimens.NaNIsBest, "traffic/score_test.go", "TestUnknownNodesGetTheirDocumentedScoreAndAReason"},
		{specimens.NegativeRaw, "traffic/score_test.go", "TestUnknownNodesGetTheirDocumentedScoreAndAReason"},
		{specimens.Herding, "traffic/ledger_test.go", "TestABurstSpreadsOverEqualNodes"},
		{specimens.MissingAborts, engine, sees},
		{specimens.OutageAborts, engine, "TestEveryFaultIsAFailedRefreshAndNothingElse"},
		{specimens.NoTimeout, engine, "TestEveryFaultIsAFailedRefreshAndNothingElse"},
		{specimens.UncheckedVector, "collector/answer_test.go", "TestWhatIsNoSampleOfTheQueryIsRefused"},
		{specimens.JoinOnInstance, engine, sees}, {specimens.UnameIsNodeName, engine, sees}, {specimens.OneDevice, engine, sees},
		{specimens.NoExporterCheck, "collector/join_test.go", "TestExportersArePairedByLabelThenHostNameThenAddress"},
		{"api-generation", "k8s128/generation_test.go", "TestFrameworks"},
		{"api-generation", "k8s131/generation_test.go", "TestFrameworks"},
		{"api-generation", "k8s134/generation_test.go", "TestFrameworks"},
		{"api-generation", "k8s136/generation_test.go", "TestFrameworks"},
		{"ties", "traffic/absolute_test.go", "TestScoresAreAbsolute"},
	}
}
